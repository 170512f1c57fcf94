"""REST API: schemas of files and commits."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.core.rest.body import Body, RawCharField, StrictCharField, StrictChoiceField
from apps.core.rest.schema import page_of, with_example
from apps.registry.blobs.models import RepoObject
from apps.registry.gitstore import CommitInfo, Entry
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import account_of

SHA256 = r"^[0-9a-f]{64}$"
CHANGES_LIMIT = 1_000


class LargePart(serializers.Serializer[Any]):
    """Storage of a large file (Git LFS or Xet)."""

    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    xet_hash = serializers.CharField(
        allow_blank=True, help_text="For Xet clients; empty if the file is not available through Xet."
    )


class CommitMark(serializers.Serializer[Any]):
    """Summary of a commit."""

    sha = serializers.CharField()
    title = serializers.CharField()
    date = serializers.DateTimeField()


FILE_EXAMPLE: dict[str, Any] = {
    "path": "model.safetensors",
    "type": "file",
    "size": 4_400_000,
    "oid": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "large": {
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size": 4_400_000,
        "xet_hash": "",
    },
    "content_url": "/owner/tiny-llama/resolve/main/model.safetensors",
}


@with_example(FILE_EXAMPLE)
class FileEntry(serializers.Serializer[Any]):
    """A file or folder at one commit. Sizes are in bytes, for large files those of the file itself."""

    path = serializers.CharField()
    type = serializers.ChoiceField([("file", "file"), ("folder", "folder")])
    size = serializers.IntegerField()
    oid = serializers.CharField(help_text="Git object ID of the content; for large files, of the pointer.")
    large = LargePart(allow_null=True)
    content_url = serializers.CharField(
        allow_blank=True, help_text="Download URL, with Range support; empty for a folder."
    )
    last_commit = CommitMark(
        required=False, allow_null=True, help_text="Last commit that changed it; only with `expand`."
    )


@with_example(
    {"commit": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3", "items": [FILE_EXAMPLE], "next_cursor": None}
)
class TreePage(serializers.Serializer[Any]):
    """A page of a folder. All pages are of the same commit, even if the branch moves."""

    commit = serializers.CharField(help_text="The listed commit.")
    items = FileEntry(many=True)
    next_cursor = serializers.CharField(allow_null=True)


@with_example(
    {
        "sha": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
        "title": "Add the weights",
        "message": "",
        "author": "owner",
        "account": "owner",
        "date": "2026-01-31T12:00:00Z",
        "parents": ["9b0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d"],
        "url": "/owner/tiny-llama/commit/4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
    }
)
class CommitSerializer(serializers.Serializer[Any]):
    """A commit."""

    sha = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)
    author = serializers.CharField(allow_blank=True)
    account = serializers.CharField(
        allow_blank=True, help_text="Username on this site; empty if the commit was made elsewhere."
    )
    date = serializers.DateTimeField()
    parents = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField(help_text="URL of the page.")


class FileChange(serializers.Serializer[Any]):
    """A file that differs between two commits."""

    path = serializers.CharField()
    old_path = serializers.CharField(
        allow_blank=True, help_text="Former path of a renamed file, or source of a copy."
    )
    status = serializers.ChoiceField(
        [(word, word) for word in ("added", "removed", "changed", "renamed", "copied", "retyped")]
    )
    old_size = serializers.IntegerField(allow_null=True)
    new_size = serializers.IntegerField(allow_null=True)
    added_lines = serializers.IntegerField(
        help_text="0 for binary and very large files, whose lines are not counted."
    )
    removed_lines = serializers.IntegerField()


CHANGE_EXAMPLE: dict[str, Any] = {
    "path": "README.md",
    "old_path": "",
    "status": "changed",
    "old_size": 120,
    "new_size": 180,
    "added_lines": 4,
    "removed_lines": 1,
}


@with_example({"count": 1, "items": [CHANGE_EXAMPLE], "next_cursor": None})
class ChangesPage(serializers.Serializer[Any]):
    """A page of changed files."""

    count = serializers.IntegerField(help_text="Total number of changed files.")
    items = FileChange(many=True)
    next_cursor = serializers.CharField(allow_null=True)


@with_example(
    {
        "base": "9b0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d",
        "head": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
        "common": "9b0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d",
        "ahead": 1,
        "behind": 0,
        "count": 1,
        "items": [CHANGE_EXAMPLE],
        "next_cursor": None,
    }
)
class ComparisonPage(ChangesPage):
    """Comparison of two revisions, with a page of the files changed since the common ancestor."""

    base = serializers.CharField(help_text="Commit of the base.")
    head = serializers.CharField(help_text="Commit of the head.")
    common = serializers.CharField(allow_null=True, help_text="Common ancestor, if any.")
    ahead = serializers.IntegerField(help_text="Commits that only the head has.")
    behind = serializers.IntegerField(help_text="Commits that only the base has.")


CommitPage = page_of(CommitSerializer)


class ChangeIn(Body):
    """A change to one path.

    `put` requires `content`, `copy` requires `source`, and `put_large` requires the `sha256` of a file that
    was uploaded by LFS or Xet.
    """

    act = StrictChoiceField(["put", "put_large", "delete", "copy"])
    path = StrictCharField(max_length=1024)
    content = RawCharField(required=False, help_text="For `put`: text, or base64.")
    encoding = StrictChoiceField(["utf-8", "base64"], required=False, default="utf-8")
    sha256 = serializers.RegexField(SHA256, required=False, help_text="For `put_large`.")
    source = StrictCharField(  # type: ignore[assignment]
        max_length=1024, required=False, help_text="For `copy`: the path to copy from."
    )
    source_revision = StrictCharField(
        max_length=255, required=False, help_text="For `copy`. Default: the parent commit."
    )


@with_example(
    {
        "message": "Add a note",
        "changes": [
            {"act": "put", "path": "note.txt", "content": "Hello\n"},
            {"act": "delete", "path": "old.txt"},
        ],
    }
)
class CommitIn(Body):
    """Changes to commit atomically, in this order: deletions, copies, additions."""

    branch = StrictCharField(max_length=255, required=False, help_text="Default: the default branch.")
    message = StrictCharField(max_length=1000)
    description = RawCharField(max_length=100_000, required=False, default="")
    parent = StrictCharField(  # type: ignore[assignment]
        max_length=40, required=False, help_text="Expected head of the branch; refused if it moved."
    )
    changes = serializers.ListField(child=ChangeIn(), min_length=1, max_length=CHANGES_LIMIT)


@with_example(
    {
        "commit": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
        "branch": "main",
        "url": "/owner/tiny-llama/commit/4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
    }
)
@extend_schema_serializer(component_name="Committed")
class CommitResultSerializer(serializers.Serializer[Any]):
    """The new head of a branch."""

    commit = serializers.CharField()
    branch = serializers.CharField()
    url = serializers.CharField(help_text="URL of the commit's page.")


def entry_json(
    entry: Entry, links: Links, objects: dict[str, RepoObject], last: CommitInfo | None = None
) -> dict[str, Any]:
    """Return a file or folder as FileEntry; `objects` are the repository's large objects by sha256."""
    large = None
    if entry.pointer:
        found = objects.get(entry.pointer.oid)
        is_xet = found is not None and entry.size >= settings.XET_ADVERTISE_FROM_BYTES
        large = {
            "sha256": entry.pointer.oid,
            "size": entry.size,
            "xet_hash": (found.xet_hash or "") if found and is_xet else "",
        }
    data = {
        "path": entry.path,
        "type": "file" if entry.is_file else "folder",
        "size": entry.size,
        "oid": entry.oid,
        "large": large,
        "content_url": links.at("resolve", entry.path) if entry.is_file else "",
    }
    return data | ({"last_commit": {"sha": last.sha, "title": last.title, "date": last.date}} if last else {})


def commit_json(repo: Repo, commit: CommitInfo) -> dict[str, Any]:
    return {
        "sha": commit.sha,
        "title": commit.title,
        "message": commit.message,
        "author": commit.author,
        "account": account_of(commit),
        "date": commit.date,
        "parents": list(commit.parents),
        "url": Links(repo.address, commit.sha).commit(commit.sha),
    }


def commit_result_json(repo: Repo, sha: str, ref: str) -> dict[str, str]:
    return {
        "commit": sha,
        "branch": ref.removeprefix("refs/heads/"),
        "url": Links(repo.address, sha).commit(sha),
    }
