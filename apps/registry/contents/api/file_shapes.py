"""REST API: schemas of files and commits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from rest_framework import serializers

from apps.core.rest.fields import OptionalTextField, PathField, Resource, TimestampField
from apps.core.rest.schema import page_of, with_example
from apps.registry.blobs.models import RepoObject
from apps.registry.gitstore import CommitInfo, Entry
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import account_of

SHA256 = r"^[0-9a-f]{64}$"
SHA256_EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SHA_EXAMPLE = "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3"
PARENT_EXAMPLE = "9b0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d"


class FileType(models.TextChoices):
    """What a path in a repository is."""

    FILE = "file"
    FOLDER = "folder"


class FileChangeStatus(models.TextChoices):
    """How a file differs between two commits."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"
    COPIED = "copied"
    RETYPED = "retyped"


class LargeFileInfo(Resource):
    """Storage of a large file (Git LFS or Xet)."""

    sha256 = serializers.CharField(help_text="SHA-256 of the content, in hex.")
    size_bytes = serializers.IntegerField()
    xet_hash = OptionalTextField(help_text="For Xet clients; null if the file is not available through Xet.")


class CommitSummary(Resource):
    """The first line of a commit."""

    sha = serializers.CharField()
    title = OptionalTextField()
    committed_at = TimestampField(help_text="Date of the commit, as its author's computer wrote it.")


FILE_EXAMPLE: dict[str, Any] = {
    "path": "model.safetensors",
    "type": "file",
    "size_bytes": 4_400_000,
    "oid": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "large": {"sha256": SHA256_EXAMPLE, "size_bytes": 4_400_000, "xet_hash": None},
    "content_url": f"/owner/tiny-llama/resolve/{SHA_EXAMPLE}/model.safetensors",
    "last_commit": None,
}


@with_example(FILE_EXAMPLE)
class FileEntry(Resource):
    """A file or folder at one commit."""

    path = serializers.CharField(help_text="Path in the repository.")
    type = serializers.ChoiceField(FileType.choices)
    size_bytes = serializers.IntegerField(
        allow_null=True, help_text="Size of the content, also of a large file; null for a folder."
    )
    oid = serializers.CharField(help_text="Git object ID of the content; for large files, of the pointer.")
    large = LargeFileInfo(allow_null=True, help_text="null for files that are stored in git.")
    content_url = PathField(
        allow_null=True,
        help_text="Path to download this content from, with Range support; null for a folder.",
    )
    last_commit = CommitSummary(
        allow_null=True, help_text="Last commit that changed it; null without `expand`."
    )


@with_example({"commit_sha": SHA_EXAMPLE, "items": [FILE_EXAMPLE], "next_cursor": None})
class TreePage(Resource):
    """A page of a folder. All pages are of the same commit, even if the branch moves."""

    commit_sha = serializers.CharField(help_text="The listed commit.")
    items = FileEntry(many=True)
    next_cursor = serializers.CharField(allow_null=True)


@with_example(
    {
        "sha": SHA_EXAMPLE,
        "title": "Add the weights",
        "message": None,
        "author": "owner",
        "account": "owner",
        "committed_at": "2026-01-31T12:00:00.000Z",
        "parent_shas": [PARENT_EXAMPLE],
        "url": f"/owner/tiny-llama/commit/{SHA_EXAMPLE}",
    }
)
class CommitSerializer(Resource):
    """A commit."""

    sha = serializers.CharField()
    title = OptionalTextField(help_text="First line of the commit message.")
    message = OptionalTextField(help_text="The commit message after its first line.")
    author = OptionalTextField(help_text="Name of the author as written in the commit.")
    account = OptionalTextField(help_text="Username on this site; null if the commit was made elsewhere.")
    committed_at = TimestampField(help_text="Date of the commit, as its author's computer wrote it.")
    parent_shas = serializers.ListField(
        child=serializers.CharField(), help_text="None for the first commit, several for a merge."
    )
    url = PathField(help_text="Path of the commit's page.")


CommitPage = page_of(CommitSerializer)
CHANGE_EXAMPLE: dict[str, Any] = {
    "path": "README.md",
    "old_path": None,
    "status": "changed",
    "old_size_bytes": 120,
    "new_size_bytes": 180,
    "added_lines": 4,
    "removed_lines": 1,
}


class FileChange(Resource):
    """A file that differs between two commits."""

    path = serializers.CharField(help_text="Path in the head; of a removed file, in the base.")
    old_path = OptionalTextField(help_text="Former path of a renamed file, or source of a copy.")
    status = serializers.ChoiceField(FileChangeStatus.choices)
    old_size_bytes = serializers.IntegerField(allow_null=True, help_text="null for an added file.")
    new_size_bytes = serializers.IntegerField(allow_null=True, help_text="null for a removed file.")
    added_lines = serializers.IntegerField(
        allow_null=True,
        help_text="null if the lines are not counted: in binary and large files, and after 8 MiB of a page.",
    )
    removed_lines = serializers.IntegerField(allow_null=True, help_text="null as `added_lines`.")


@with_example({"total_count": 1, "items": [CHANGE_EXAMPLE], "next_cursor": None})
class FileChangePage(Resource):
    """A page of changed files."""

    total_count = serializers.IntegerField(help_text="Changed files on all pages.")
    items = FileChange(many=True)
    next_cursor = serializers.CharField(allow_null=True)


@with_example(
    {
        "base": PARENT_EXAMPLE,
        "head": SHA_EXAMPLE,
        "merge_base": PARENT_EXAMPLE,
        "ahead": 1,
        "behind": 0,
        "total_count": 1,
        "items": [CHANGE_EXAMPLE],
        "next_cursor": None,
    }
)
class Comparison(FileChangePage):
    """Comparison of two revisions, with a page of the files changed since the common ancestor."""

    base = serializers.CharField(help_text="Commit of the base.")
    head = serializers.CharField(help_text="Commit of the head.")
    merge_base = serializers.CharField(allow_null=True, help_text="Common ancestor, if any.")
    ahead = serializers.IntegerField(help_text="Commits that only the head has.")
    behind = serializers.IntegerField(help_text="Commits that only the base has.")


@with_example(
    {
        "commit_sha": SHA_EXAMPLE,
        "branch": "main",
        "url": f"/owner/tiny-llama/commit/{SHA_EXAMPLE}",
        "warnings": [],
    }
)
class CommitResult(Resource):
    """The new head of a branch."""

    commit_sha = serializers.CharField(help_text="The new head.")
    branch = serializers.CharField(help_text="Short name of a branch, or another full ref.")
    url = PathField(help_text="Path of the commit's page.")
    warnings = serializers.ListField(
        child=serializers.CharField(),
        help_text="What was accepted but should not stay so, such as names that differ only by case.",
    )


def entry_json(
    entry: Entry, links: Links, objects: dict[str, RepoObject], last: CommitInfo | None = None
) -> dict[str, Any]:
    """Return a file or folder as FileEntry.

    links    of the commit
    objects  the repository's large objects by sha256
    """
    return {
        "path": entry.path,
        "type": FileType.FILE if entry.is_file else FileType.FOLDER,
        "size_bytes": entry.size if entry.is_file else None,
        "oid": entry.oid,
        "large": _large_json(entry, objects) if entry.pointer else None,
        "content_url": links.at("resolve", entry.path) if entry.is_file else None,
        "last_commit": {"sha": last.sha, "title": last.title, "committed_at": last.date} if last else None,
    }


def _large_json(entry: Entry, objects: dict[str, RepoObject]) -> dict[str, Any]:
    sha256 = entry.pointer.oid if entry.pointer else ""
    is_xet = entry.size >= settings.XET_ADVERTISE_FROM_BYTES
    found = objects.get(sha256) if is_xet else None
    return {"sha256": sha256, "size_bytes": entry.size, "xet_hash": found.xet_hash if found else None}


def commit_json(repo: Repo, commit: CommitInfo) -> dict[str, Any]:
    facts = {
        "sha": commit.sha,
        "title": commit.title,
        "message": commit.message,
        "author": commit.author,
        "account": account_of(commit),
        "committed_at": commit.date,
        "parent_shas": list(commit.parents),
        "url": Links(repo.address, commit.sha).commit(commit.sha),
    }
    return dict(CommitSerializer(facts).data)


def commit_result_json(repo: Repo, sha: str, ref: str, warnings: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "commit_sha": sha,
        "branch": ref.removeprefix("refs/heads/"),
        "url": Links(repo.address, sha).commit(sha),
        "warnings": list(warnings),
    }
