"""REST API: bodies of commits, one class for each operation on a path."""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from apps.core.rest.body import Body, RawCharField, StrictCharField, StrictChoiceField
from apps.core.rest.schema import with_example
from apps.registry.gitstore import AddFile, AddLarge, Change, Copy, Delete

from .file_shapes import SHA256

OPERATIONS_LIMIT = 1_000
PATH_LIMIT = 1024


def path_field(about: str = "Path in the repository.") -> Any:
    return StrictCharField(max_length=PATH_LIMIT, help_text=about)


class Operation(Body):
    """An operation on one path; `name` is the value of its `operation`."""

    name: ClassVar[str]

    def get_fields(self) -> dict[str, Any]:
        return {"operation": StrictChoiceField([self.name]), **super().get_fields()}

    @staticmethod
    def changes(data: dict[str, Any]) -> list[Change]:
        """Return the changes of a valid operation."""
        raise NotImplementedError


class PutOperation(Operation):
    """Create or replace a file."""

    name = "put"
    path = path_field()
    content = RawCharField(help_text="Text, or base64.")
    encoding = StrictChoiceField(
        ["utf-8", "base64"], required=False, allow_null=True, help_text="Of `content`. Default: utf-8."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("encoding") != "base64":
            return {**data, "content": data["content"].encode()}
        try:
            return {**data, "content": base64.b64decode(data["content"], validate=True)}
        except (binascii.Error, ValueError):
            raise serializers.ValidationError({"content": ["This is not valid base64."]}) from None

    @staticmethod
    def changes(data: dict[str, Any]) -> list[Change]:
        return [AddFile(data["path"], data["content"])]


class PutLfsOperation(Operation):
    """Create or replace a large file, whose content was uploaded by Git LFS or Xet."""

    name = "put_lfs"
    path = path_field()
    sha256 = serializers.RegexField(SHA256, help_text="SHA-256 of the uploaded content, in hex.")

    @staticmethod
    def changes(data: dict[str, Any]) -> list[Change]:
        return [AddLarge(data["path"], data["sha256"])]


class CopyOperation(Operation):
    """Copy a file or folder."""

    name = "copy"
    path = path_field("Path of the copy.")
    from_path = path_field("Path to copy from.")
    from_revision = StrictCharField(
        max_length=255,
        required=False,
        allow_null=True,
        help_text="Revision to copy from. Default: the head of the branch.",
    )

    @staticmethod
    def changes(data: dict[str, Any]) -> list[Change]:
        return [Copy(data["from_path"], data.get("from_revision"), data["path"])]


class MoveOperation(Operation):
    """Move a file or folder."""

    name = "move"
    path = path_field("The new path.")
    from_path = path_field("The former path.")

    @staticmethod
    def changes(data: dict[str, Any]) -> list[Change]:
        return [Delete(data["from_path"].strip("/")), Copy(data["from_path"], None, data["path"])]


class DeleteOperation(Operation):
    """Delete a file, or a folder with its content."""

    name = "delete"
    path = path_field()

    @staticmethod
    def changes(data: dict[str, Any]) -> list[Change]:
        return [Delete(data["path"].strip("/"))]


OPERATIONS: dict[str, type[Operation]] = {
    one.name: one for one in (PutOperation, PutLfsOperation, CopyOperation, MoveOperation, DeleteOperation)
}
COMMIT_OPERATION = PolymorphicProxySerializer("CommitOperation", OPERATIONS, "operation")


@extend_schema_field(COMMIT_OPERATION)
class OperationField(serializers.Field[Any, Any, Any, Any]):
    """An operation, validated by the class that its `operation` names."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "Send an object."}

    def to_internal_value(self, data: Any) -> list[Change]:
        if not isinstance(data, dict):
            self.fail("invalid")
        found = OPERATIONS.get(str(data.get("operation")))
        if found is None:
            raise serializers.ValidationError({"operation": [f"Choose one of {', '.join(OPERATIONS)}."]})
        body = found(data=data)
        body.is_valid(raise_exception=True)
        return found.changes(body.validated_data)


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
    """Operations to commit atomically, in this order: deletions, copies, additions."""

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
    operations = serializers.ListField(child=OperationField(), min_length=1, max_length=OPERATIONS_LIMIT)
