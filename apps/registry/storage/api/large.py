"""REST API: storage, large files, purging."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, StrictBooleanField, query_choice, query_str, validated
from apps.core.rest.fields import Resource, TimestampField
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, limit_of, page_json
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.registry.contents.api.file_shapes import SHA256, SHA256_EXAMPLE
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.api.repo_view import ADDRESS, DIRECTION, is_ascending
from apps.registry.repos.api.shapes import FULL_NAME
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_READ
from apps.registry.repos.selectors import git_of
from apps.users.accounts.models import Namespace
from apps.users.accounts.policies import NAMESPACE_ADMIN

from ..selectors.large_files import Reclaimable, large_files, reclaimable_by_deletion
from ..selectors.storage import large_bytes_of, storage_quota
from ..services.purge import FILES_LIMIT, purge_large_files


@with_example(
    {
        "sha256": SHA256_EXAMPLE,
        "size_bytes": 4_400_000,
        "paths": ["model.safetensors"],
        "refs": ["refs/heads/main"],
        "created_at": "2026-01-31T12:00:00.000Z",
        "is_shared": False,
    }
)
class LargeFileSerializer(Resource):
    """A large file in a repository's history."""

    sha256 = serializers.CharField(help_text="SHA-256 of the content, in hex.")
    size_bytes = serializers.IntegerField(source="size")
    paths = serializers.ListField(
        source="names",
        child=serializers.CharField(),
        help_text="Current and former paths, newest first; none if no commit contains it any more.",
    )
    refs = serializers.ListField(child=serializers.CharField(), help_text="Refs whose history contains it.")
    created_at = TimestampField(source="pushed_at", help_text="Time of the first commit that contains it.")
    is_shared = serializers.BooleanField(help_text="Whether another repository has the same file.")


LargeFilePage = page_of(LargeFileSerializer)


@with_example(
    {"file_count": 1, "quota_bytes": 4_400_000, "disk_bytes": 4_400_000, "refs": ["refs/heads/main"]}
)
class PurgeResult(Resource):
    """The deleted files, or those that would be deleted."""

    file_count = serializers.IntegerField(help_text="Large files that the repository had.")
    quota_bytes = serializers.IntegerField(help_text="Reduction of the owner's storage.")
    disk_bytes = serializers.IntegerField(help_text="Reduction on disk, without data shared by other files.")
    refs = serializers.ListField(
        child=serializers.CharField(), help_text="Refs whose history was rewritten; none for a dry run."
    )


@with_example({"sha256": [SHA256_EXAMPLE], "dry_run": True})
class PurgeRequest(Body):
    """Large files to purge."""

    sha256 = serializers.ListField(
        child=serializers.RegexField(SHA256),
        min_length=1,
        max_length=FILES_LIMIT,
        help_text="SHA-256 of each file's content, in hex.",
    )
    dry_run = StrictBooleanField(
        required=False,
        allow_null=True,
        help_text="Only report what would be reclaimed. Default: false.",
    )


NAME = in_path("name", "A user or organization that you manage.")


class StoredRepo(Resource):
    """Storage used by one repository."""

    kind = serializers.ChoiceField(RepoKind.choices)
    full_name = serializers.CharField(source="address.id", help_text=FULL_NAME)
    current_bytes = serializers.IntegerField(
        source="size_bytes", help_text="All files of the default branch."
    )
    large_bytes = serializers.IntegerField(help_text="All large files in its history.")


@with_example(
    {
        "used_bytes": 4_412_000,
        "limit_bytes": None,
        "items": [
            {
                "kind": "model",
                "full_name": "owner/tiny-llama",
                "current_bytes": 4_412_000,
                "large_bytes": 4_400_000,
            }
        ],
        "next_cursor": None,
    }
)
class StoragePage(Resource):
    """Storage used by the repositories of a user or organization, largest first."""

    used_bytes = serializers.IntegerField(help_text="Storage that counts against the quota.")
    limit_bytes = serializers.IntegerField(allow_null=True, help_text="null if unlimited.")
    items = StoredRepo(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class LargeFileSort(models.TextChoices):
    """Property that large files are sorted by."""

    SIZE_BYTES = "size_bytes"
    SHA256 = "sha256"


COLUMNS = {LargeFileSort.SIZE_BYTES: "size", LargeFileSort.SHA256: "sha256"}


def purge_json(reclaimed: Reclaimable, refs: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "file_count": reclaimed.count,
        "quota_bytes": reclaimed.quota_bytes,
        "disk_bytes": reclaimed.disk_bytes,
        "refs": list(refs),
    }


@requires(REPO_READ)
class LargeFileList(ApiView):
    @operation(
        "list_large_files",
        "storage",
        LargeFilePage,
        404,
        params=[
            *ADDRESS,
            in_query("sort", LargeFileSort, "Property to sort by. Default: size_bytes."),
            DIRECTION,
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List the large files in a repository's history."""
        sort = query_choice(request, "sort", LargeFileSort.values) or LargeFileSort.SIZE_BYTES
        page = large_files(
            repo,
            git_of(repo),
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
            sort=COLUMNS[LargeFileSort(sort)],
            is_descending=not is_ascending(request),
        )
        items = LargeFileSerializer(page.items, many=True).data
        return Response(page_json(items, page.next_cursor))


@requires(REPO_ADMIN)
class Purge(ApiView):
    @operation("purge_large_files", "storage", PurgeResult, 404, body=PurgeRequest, params=ADDRESS)
    def post(self, request: Request, repo: Repo) -> Response:
        """Permanently delete large files from every commit of every ref. Existing clones keep them."""
        data = validated(request, PurgeRequest)
        if data.get("dry_run"):
            return Response(purge_json(reclaimable_by_deletion(repo, data["sha256"])))
        done = purge_large_files(actor=actor_of(request), address=repo.address, sha256s=data["sha256"])
        return Response(purge_json(done.reclaimed, done.refs))


@requires(NAMESPACE_ADMIN)
class Storage(ApiView):
    @operation("get_storage", "storage", StoragePage, 404, params=[NAME, CURSOR, LIMIT])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """Get the storage used by a user or organization that you manage."""
        repos = Repo.objects.select_related("namespace").filter(namespace=namespace, deleted_at=None)
        page = page_by_cursor(
            repos, order=("-size_bytes", "id"), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        quota, large_bytes = storage_quota(namespace.pk), large_bytes_of(page.items)
        for repo in page.items:
            repo.large_bytes = large_bytes.get(repo.pk, 0)  # type: ignore[attr-defined]
        facts = {"used_bytes": quota.used, "limit_bytes": quota.limit}
        return Response(StoragePage({**facts, **page_json(page.items, page.next_cursor)}).data)
