"""The large files in a repository's history: listed and permanently deleted."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.errors import BadRequest
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_READ
from apps.registry.repos.selectors import git_of
from apps.registry.storage.selectors.large_files import LargeFile, large_files
from apps.registry.storage.services.purge import FILES_LIMIT, purge_large_files

from .params import format_timestamp, json_body, list_response, query_limit, query_str

PAGE = 1000
SHA256 = re.compile(r"[0-9a-f]{64}")


@requires(REPO_READ)
def list_files(request: HubRequest, repo: Repo) -> HttpResponse:
    """List large files page by page. Files that no ref contains are named by their hash.

    source  huggingface_hub `list_lfs_files`
    """
    limit = query_limit(request, default=PAGE, most=PAGE)
    page = large_files(repo, git_of(repo), cursor=query_str(request, "cursor"), limit=limit)
    items = [serialize_large_file(file, f"refs/heads/{repo.default_branch}") for file in page.items]
    return list_response(request, items, next_cursor=page.next_cursor)


def serialize_large_file(file: LargeFile, default_ref: str) -> dict[str, Any]:
    """source  huggingface_hub `LFSFileInfo`"""
    item: dict[str, Any] = {
        "fileOid": file.sha256,
        "oid": file.sha256,
        "filename": file.names[0] if file.names else file.sha256,
    }
    item |= {"size": file.size, "pushedAt": format_timestamp(file.pushed_at)}
    if file.refs:
        item["ref"] = default_ref if default_ref in file.refs else file.refs[0]
    return item | ({"xetHash": file.xet_hash} if file.xet_hash else {})


@requires(REPO_ADMIN)
def batch(request: HubRequest, repo: Repo) -> HttpResponse:
    """Permanently delete large files from every ref.

    source  huggingface_hub `permanently_delete_lfs_files`
    """
    shas, rewrite = _deletions_in(json_body(request))
    done = purge_large_files(actor=request.actor, address=repo.address, sha256s=shas, rewrite_history=rewrite)
    return JsonResponse(
        {"deleted": done.reclaimed.count, "freedBytes": done.reclaimed.quota_bytes, "refs": list(done.refs)}
    )


def _deletions_in(body: dict[str, Any]) -> tuple[list[str], bool]:
    """Return the SHA-256s to delete, and whether to rewrite history (raises BadRequest)."""
    deletions = body.get("deletions")
    if not isinstance(deletions, dict):
        raise BadRequest('"deletions" must be {"sha": […], "rewriteHistory": true or false}.')
    shas, rewrite = deletions.get("sha"), deletions.get("rewriteHistory", True)
    if not isinstance(shas, list) or not 0 < len(shas) <= FILES_LIMIT or not all(map(_is_sha256, shas)):
        raise BadRequest(f'"sha" must be a list of 1 to {FILES_LIMIT} SHA-256 hashes.')
    if not isinstance(rewrite, bool):
        raise BadRequest('"rewriteHistory" must be true or false.')
    return shas, rewrite


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and SHA256.fullmatch(value) is not None
