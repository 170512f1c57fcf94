"""Large files: which a repository holds, what deleting some would free, deleting them for good."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Need
from apps.core.pagination import page_by_cursor
from apps.core.policies import requires
from apps.core.rest_body import Body, StrictBooleanField, query_choice, query_str, validated
from apps.core.rest_schema import CURSOR, LIMIT, call, in_path, in_query, page_of, with_example
from apps.core.rest_view import ApiView, actor_of, limit_of, page_json
from apps.users.accounts.access import managed_namespace
from apps.users.accounts.policies import NAMESPACE_ADMIN

from ..models import Repo
from ..policies import REPO_ADMIN, REPO_READ
from ..selectors.large_files import LargeFile, Reclaimable, large_files, reclaimable_by_deletion
from ..selectors.storage import held_by, quota_of
from ..services.purge import FILES_LIMIT, purge_large_files
from .file_shapes import SHA256
from .opened import ADDRESS, RepoView


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
    """A large file that a repository's history holds."""

    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    names = serializers.ListField(
        child=serializers.CharField(), help_text="Where it stands or stood, the newest first."
    )
    refs = serializers.ListField(child=serializers.CharField(), help_text="The refs whose history has it.")
    pushed_at = serializers.DateTimeField()
    is_shared = serializers.BooleanField(help_text="Whether another repository holds the same bytes.")


LargeFilePage = page_of(LargeFileSerializer)


class FreedSerializer(serializers.Serializer[Any]):
    """What deleting large files frees."""

    count = serializers.IntegerField()
    quota_bytes = serializers.IntegerField(help_text="What the owner is no longer counted.")
    disk_bytes = serializers.IntegerField(help_text="What the store loses: bytes that nobody else needs.")


@with_example({"count": 1, "quota_bytes": 4_400_000, "disk_bytes": 4_400_000, "refs": ["refs/heads/main"]})
class PurgedSerializer(FreedSerializer):
    """What was deleted."""

    refs = serializers.ListField(
        child=serializers.CharField(), help_text="Refs whose history was written anew."
    )


@with_example(
    {"sha256s": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"], "is_dry_run": True}
)
class PurgeIn(Body):
    """Large files by their hashes."""

    sha256s = serializers.ListField(
        child=serializers.RegexField(SHA256), min_length=1, max_length=FILES_LIMIT
    )
    is_dry_run = StrictBooleanField(required=False, default=False, help_text="Only say what it would free.")


NAME = in_path("name", "A person or an organisation that you manage.")


class StoredRepo(serializers.Serializer[Any]):
    """What one repository takes."""

    kind = serializers.CharField()
    address = serializers.CharField()
    current_bytes = serializers.IntegerField(help_text="All files of the default branch.")
    large_bytes = serializers.IntegerField(help_text="All large files of its history.")


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
    """What the repositories of a person or an organisation take, the largest first."""

    used_bytes = serializers.IntegerField()
    limit_bytes = serializers.IntegerField(allow_null=True, help_text="null: no limit.")
    items = StoredRepo(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def large_json(file: LargeFile) -> dict[str, Any]:
    return {
        "sha256": file.sha256,
        "size": file.size,
        "names": list(file.names),
        "refs": list(file.refs),
        "pushed_at": file.pushed_at,
        "is_shared": file.is_shared,
    }


def freed_json(freed: Reclaimable) -> dict[str, int]:
    return {"count": freed.count, "quota_bytes": freed.quota_bytes, "disk_bytes": freed.disk_bytes}


@requires(REPO_READ)
class LargeFileList(RepoView):
    @call(
        "list_large_files",
        "storage",
        LargeFilePage,
        404,
        params=[
            *ADDRESS,
            in_query("order", enum=["hash", "size"], about="Default: size, the largest first."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, **names: Any) -> Response:
        """List the large files of a repository through all of its history."""
        repo, git = self.opened(request, names)
        order = query_choice(request, "order", ["hash", "size"], "size")
        page = large_files(
            repo,
            git,
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
            largest_first=order == "size",
        )
        return Response(page_json([large_json(one) for one in page.items], page.next_cursor))


@requires(REPO_ADMIN)
class Purge(RepoView):
    @call("purge_large_files", "storage", PurgedSerializer, 404, takes=PurgeIn, params=ADDRESS)
    def post(self, request: Request, **names: Any) -> Response:
        """Delete large files for good, out of every commit of every ref. Clones made before keep them."""
        repo = self.repo(request, names, Need.ADMIN)
        data = validated(request, PurgeIn)
        if data["is_dry_run"]:
            return Response({**freed_json(reclaimable_by_deletion(repo, data["sha256s"])), "refs": []})
        done = purge_large_files(actor=actor_of(request), address=repo.address, sha256s=data["sha256s"])
        return Response({**freed_json(done.freed), "refs": list(done.refs)})


@requires(NAMESPACE_ADMIN)
class Storage(ApiView):
    @call("get_storage", "storage", StoragePage, 404, params=[NAME, CURSOR, LIMIT])
    def get(self, request: Request, name: str) -> Response:
        """Read what the repositories of a person or an organisation take. For those who manage it, in a browser."""
        namespace = managed_namespace(actor_of(request), name)
        repos = Repo.objects.select_related("namespace").filter(namespace=namespace, deleted_at=None)
        page = page_by_cursor(
            repos, order=("-size_bytes", "id"), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        held, quota = held_by(page.items), quota_of(namespace.pk)
        rows = [
            {
                "kind": repo.kind,
                "address": str(repo.address),
                "current_bytes": repo.size_bytes,
                "large_bytes": held.get(repo.pk, 0),
            }
            for repo in page.items
        ]
        return Response(
            {"used_bytes": quota.used, "limit_bytes": quota.limit, **page_json(rows, page.next_cursor)}
        )
