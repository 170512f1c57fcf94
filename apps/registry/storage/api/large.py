"""REST API: storage, large files, purging."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, StrictBooleanField, query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, limit_of, page_json
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.registry.contents.api.file_shapes import SHA256
from apps.registry.repos.api.repo_view import ADDRESS
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_READ
from apps.registry.repos.selectors import git_of
from apps.users.accounts.models import Namespace
from apps.users.accounts.policies import NAMESPACE_ADMIN

from ..selectors.large_files import LargeFile, Reclaimable, large_files, reclaimable_by_deletion
from ..selectors.storage import large_bytes_of, storage_quota
from ..services.purge import FILES_LIMIT, purge_large_files


@with_example(
    {
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size": 4_400_000,
        "names": ["model.safetensors"],
        "refs": ["refs/heads/main"],
        "pushed_at": "2026-01-31T12:00:00Z",
        "is_shared": False,
    }
)
class LargeFileSerializer(serializers.Serializer[Any]):
    """A large file in a repository's history."""

    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    names = serializers.ListField(
        child=serializers.CharField(), help_text="Current and former paths, newest first."
    )
    refs = serializers.ListField(child=serializers.CharField(), help_text="Refs whose history contains it.")
    pushed_at = serializers.DateTimeField()
    is_shared = serializers.BooleanField(help_text="Whether another repository has the same file.")


LargeFilePage = page_of(LargeFileSerializer)


class ReclaimedSerializer(serializers.Serializer[Any]):
    """Space reclaimed by deleting large files."""

    count = serializers.IntegerField()
    quota_bytes = serializers.IntegerField(help_text="Reduction of the owner's storage.")
    disk_bytes = serializers.IntegerField(help_text="Reduction on disk, without data shared by other files.")


@with_example({"count": 1, "quota_bytes": 4_400_000, "disk_bytes": 4_400_000, "refs": ["refs/heads/main"]})
class PurgedSerializer(ReclaimedSerializer):
    """The deleted files."""

    refs = serializers.ListField(child=serializers.CharField(), help_text="Refs whose history was rewritten.")


@with_example(
    {"sha256s": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"], "is_dry_run": True}
)
class PurgeIn(Body):
    """Large files to purge."""

    sha256s = serializers.ListField(
        child=serializers.RegexField(SHA256), min_length=1, max_length=FILES_LIMIT
    )
    is_dry_run = StrictBooleanField(
        required=False, default=False, help_text="Only report what would be reclaimed."
    )


NAME = in_path("name", "A user or organization that you manage.")


class StoredRepo(serializers.Serializer[Any]):
    """Storage used by one repository."""

    kind = serializers.CharField()
    address = serializers.CharField()
    current_bytes = serializers.IntegerField(help_text="All files of the default branch.")
    large_bytes = serializers.IntegerField(help_text="All large files in its history.")


@with_example(
    {
        "used_bytes": 4_412_000,
        "limit_bytes": None,
        "items": [
            {
                "kind": "model",
                "address": "owner/tiny-llama",
                "current_bytes": 4_412_000,
                "large_bytes": 4_400_000,
            }
        ],
        "next_cursor": None,
    }
)
class StoragePage(serializers.Serializer[Any]):
    """Storage used by the repositories of a user or organization, largest first."""

    used_bytes = serializers.IntegerField()
    limit_bytes = serializers.IntegerField(allow_null=True, help_text="null if unlimited.")
    items = StoredRepo(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def large_file_json(file: LargeFile) -> dict[str, Any]:
    return {
        "sha256": file.sha256,
        "size": file.size,
        "names": list(file.names),
        "refs": list(file.refs),
        "pushed_at": file.pushed_at,
        "is_shared": file.is_shared,
    }


def reclaimed_json(reclaimed: Reclaimable) -> dict[str, int]:
    return {
        "count": reclaimed.count,
        "quota_bytes": reclaimed.quota_bytes,
        "disk_bytes": reclaimed.disk_bytes,
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
            in_query("order", enum=["hash", "size"], about="Default: size, largest first."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List the large files in a repository's history."""
        git = git_of(repo)
        order = query_choice(request, "order", ["hash", "size"], "size")
        page = large_files(
            repo,
            git,
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
            largest_first=order == "size",
        )
        return Response(page_json([large_file_json(one) for one in page.items], page.next_cursor))


@requires(REPO_ADMIN)
class Purge(ApiView):
    @operation("purge_large_files", "storage", PurgedSerializer, 404, body=PurgeIn, params=ADDRESS)
    def post(self, request: Request, repo: Repo) -> Response:
        """Permanently delete large files from every commit of every ref. Existing clones keep them."""
        data = validated(request, PurgeIn)
        if data["is_dry_run"]:
            return Response({**reclaimed_json(reclaimable_by_deletion(repo, data["sha256s"])), "refs": []})
        done = purge_large_files(actor=actor_of(request), address=repo.address, sha256s=data["sha256s"])
        return Response({**reclaimed_json(done.reclaimed), "refs": list(done.refs)})


@requires(NAMESPACE_ADMIN)
class Storage(ApiView):
    @operation("get_storage", "storage", StoragePage, 404, params=[NAME, CURSOR, LIMIT])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """Get the storage used by a user or organization that you manage."""
        repos = Repo.objects.select_related("namespace").filter(namespace=namespace, deleted_at=None)
        page = page_by_cursor(
            repos, order=("-size_bytes", "id"), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        large_bytes, quota = large_bytes_of(page.items), storage_quota(namespace.pk)
        rows = [
            {
                "kind": repo.kind,
                "address": str(repo.address),
                "current_bytes": repo.size_bytes,
                "large_bytes": large_bytes.get(repo.pk, 0),
            }
            for repo in page.items
        ]
        return Response(
            {"used_bytes": quota.used, "limit_bytes": quota.limit, **page_json(rows, page.next_cursor)}
        )
