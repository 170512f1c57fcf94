"""The large files that a repository's history holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from apps.core.doors import Door, door
from apps.core.http import HubRequest
from apps.core.pages import page_by_cursor
from apps.registry.blobs.models import RepoObject
from apps.registry.gitstore import GitRepo
from apps.registry.repos.addresses import RepoKind

from .asked import answer_list, asked_limit, asked_one, iso
from .seen import head_or_none, opened

PAGE = 500


@door(Door.REPO_READ)
def lfs_files(request: HubRequest, kind: RepoKind, namespace: str, name: str) -> HttpResponse:
    """List large files page by page; those that only older commits have are named by their hash.

    source  huggingface_hub `list_lfs_files`
    """
    repo, git = opened(request, kind, namespace, name)
    rows = RepoObject.objects.filter(repo_key=repo.id).exclude(committed_at=None)
    limit = asked_limit(request, default=PAGE, most=PAGE)
    page = page_by_cursor(rows, order=("sha256",), cursor=asked_one(request, "cursor"), limit=limit)
    names = _names(git)
    items = [_told(row, names.get(row.sha256), repo.default_branch) for row in page.items]
    return answer_list(request, items, next_query={"cursor": page.next_cursor} if page.next_cursor else None)


def _names(git: GitRepo) -> dict[str, str]:
    """Return sha256 -> path of the large files on the default branch."""
    head = head_or_none(git)
    return {entry.pointer.oid: entry.path for entry in git.tree(head, recursive=True) if entry.pointer} if head else {}


def _told(row: RepoObject, path: str | None, branch: str) -> dict[str, Any]:
    moment = row.committed_at or row.created_at
    item = {"fileOid": row.sha256, "oid": row.sha256, "filename": path or row.sha256, "size": row.size, "pushedAt": iso(moment)}
    return item | ({"ref": f"refs/heads/{branch}"} if path else {})
