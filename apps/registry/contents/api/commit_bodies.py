"""REST API: bodies of commits, one class for each operation on a path."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.db import models
from rest_framework import serializers

from apps.core.rest.body import Body, RawCharField, StrictCharField, StrictChoiceField
from apps.core.rest.schema import with_example
from apps.core.rest.unions import discriminated
from apps.registry.gitstore import AddFile, AddLarge, Change, Copy, Delete

from .file_shapes import SHA256

OPERATIONS_LIMIT = 1_000
PATH_LIMIT = 1024


def path_field(about: str = "Path in the repository.") -> Any:
    return StrictCharField(max_length=PATH_LIMIT, help_text=about)


class Encoding(models.TextChoices):
    """How the content of a file is written in JSON."""

    UTF_8 = "utf-8"
    BASE64 = "base64"


class PutOperation(Body):
    """Create or replace a file."""

    path = path_field()
    content = RawCharField(help_text="Text, or base64.")
    encoding = StrictChoiceField(
        Encoding.choices, required=False, allow_null=True, help_text="Of `content`. Default: utf-8."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        try:
            return {**data, "content": decoded(data["content"], data.get("encoding"))}
        except (binascii.Error, ValueError):
            raise serializers.ValidationError({"content": ["This is not valid base64."]}) from None


class PutLfsOperation(Body):
    """Create or replace a large file, whose content was uploaded by Git LFS or Xet."""

    path = path_field()
    sha256 = serializers.RegexField(SHA256, help_text="SHA-256 of the uploaded content, in hex.")


class CopyOperation(Body):
    """Copy a file or folder."""

    path = path_field("Path of the copy.")
    from_path = path_field("Path to copy from.")
    from_revision = StrictCharField(
        max_length=255,
        required=False,
        allow_null=True,
        help_text="Revision to copy from. Default: the head of the branch.",
    )


class MoveOperation(Body):
    """Move a file or folder."""

    path = path_field("The new path.")
    from_path = path_field("The former path.")


class DeleteOperation(Body):
    """Delete a file, or a folder with its content."""

    path = path_field()


OPERATIONS: dict[str, type[Body]] = {
    "put": PutOperation,
    "put_lfs": PutLfsOperation,
    "copy": CopyOperation,
    "move": MoveOperation,
    "delete": DeleteOperation,
}
CommitOperation = discriminated(
    "CommitOperation", "operation", OPERATIONS, "An operation on one path, by `operation`."
)


def decoded(text: str, encoding: str | None) -> bytes:
    """Return the content of a file (raises ValueError)."""
    return base64.b64decode(text, validate=True) if encoding == Encoding.BASE64 else text.encode()


def changes_of(data: Mapping[str, Any]) -> list[Change]:
    """Return the changes of a valid operation."""
    path = data["path"]
    match data["operation"]:
        case "put":
            return [AddFile(path, data["content"])]
        case "put_lfs":
            return [AddLarge(path, data["sha256"])]
        case "copy":
            return [Copy(data["from_path"], data.get("from_revision"), path)]
        case "move":
            return [Delete(data["from_path"].strip("/")), Copy(data["from_path"], None, path)]
        case _:
            return [Delete(path.strip("/"))]


@with_example(
    {
        "message": "Add a note",
        "operations": [
            {"operation": "put", "path": "note.txt", "content": "Hello\n"},
            {"operation": "delete", "path": "old.txt"},
        ],
    }
)
class CommitCreate(Body):
    """Operations to commit atomically."""

    branch = StrictCharField(
        max_length=255, required=False, allow_null=True, help_text="Default: the default branch."
    )
    message = StrictCharField(max_length=1000, help_text="First line of the commit message.")
    description = RawCharField(
        max_length=100_000,
        required=False,
        allow_null=True,
        help_text="The commit message after its first line.",
    )
    parent_sha = StrictCharField(
        max_length=40,
        required=False,
        allow_null=True,
        help_text="Expected head of the branch; the commit is refused if it moved.",
    )
    operations = CommitOperation(
        many=True,
        allow_empty=False,
        max_length=OPERATIONS_LIMIT,
        help_text="Applied in this order: deletions, copies, additions.",
    )
