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
from .seen import opened

PAGE, REFS_LIMIT = 500, 50


@door(Door.REPO_READ)
def lfs_files(request: HubRequest, kind: RepoKind, namespace: str, name: str) -> HttpResponse:
    """List large files page by page; those that no branch or tag has are named by their hash.

    source  huggingface_hub `list_lfs_files`
    """
    repo, git = opened(request, kind, namespace, name)
    rows = RepoObject.objects.filter(repo_key=repo.id).exclude(committed_at=None)
    limit = asked_limit(request, default=PAGE, most=PAGE)
    page = page_by_cursor(rows, order=("sha256",), cursor=asked_one(request, "cursor"), limit=limit)
    places = _places(git)
    items = [_told(row, *places.get(row.sha256, (row.sha256, None))) for row in page.items]
    return answer_list(request, items, next_query={"cursor": page.next_cursor} if page.next_cursor else None)


def _places(git: GitRepo) -> dict[str, tuple[str, str | None]]:
    """Return sha256 -> path and ref of the large files that some ref has, those of the default branch first."""
    refs = git.refs()
    default = f"refs/heads/{git.default_branch}"
    every = sorted([*refs.branches, *refs.tags, *refs.converts, *refs.pulls], key=lambda ref: (ref.ref != default, ref.ref))
    places: dict[str, tuple[str, str | None]] = {}
    for ref in every[:REFS_LIMIT]:
        for entry in git.tree(ref.target, recursive=True):
            if entry.pointer:
                places.setdefault(entry.pointer.oid, (entry.path, ref.ref))
    return places


def _told(row: RepoObject, path: str, ref: str | None) -> dict[str, Any]:
    moment = row.committed_at or row.created_at
    item = {"fileOid": row.sha256, "oid": row.sha256, "filename": path, "size": row.size, "pushedAt": iso(moment)}
    return item | ({"ref": ref} if ref else {})
