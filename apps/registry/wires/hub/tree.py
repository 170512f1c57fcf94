"""Files and folders of a commit."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError

from apps.core.doors import Door, door
from apps.core.errors import BadRequest
from apps.core.http import HubRequest
from apps.registry.blobs.selectors import objects_for
from apps.registry.gitstore import CommitInfo, Entry
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.models import Repo

from .asked import answer_list, asked_limit, asked_one, asked_yes, compressed, is_plain, iso, json_body
from .seen import opened_at

PAGE, PAGE_EXPANDED, PATHS_LIMIT = 1000, 100, 1000


def xet_hashes(repo: Repo, entries: Iterable[Entry]) -> dict[str, str]:
    """Return the Xet hash by sha256 of those large files that are worth fetching by Xet."""
    large = [entry.pointer.oid for entry in entries if entry.pointer and entry.size >= settings.XET_ADVERTISE_FROM_BYTES]
    found = objects_for(repo.id, large) if large else {}
    return {sha256: one.xet_hash for sha256, one in found.items() if one.xet_hash}


def told(entry: Entry, hashes: dict[str, str], last: CommitInfo | None) -> dict[str, Any]:
    """source  huggingface_hub `RepoFile`, `RepoFolder`"""
    item: dict[str, Any] = {"type": entry.kind, "oid": entry.oid, "size": entry.size, "path": entry.path}
    if entry.pointer:
        item["lfs"] = {"oid": entry.pointer.oid, "size": entry.pointer.size, "pointerSize": entry.pointer.pointer_size}
        if entry.pointer.oid in hashes:
            item["xetHash"] = hashes[entry.pointer.oid]
    if last:
        item["lastCommit"] = {"id": last.sha, "title": last.title, "date": iso(last.date)}
    return item


def _word(path: str) -> str:
    return base64.urlsafe_b64encode(path.encode()).decode().rstrip("=")


def _path(word: str) -> str:
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadRequest("The cursor is not valid.") from None


@door(Door.REPO_READ)
@compressed
def tree(request: HubRequest, kind: RepoKind, namespace: str, name: str, revision: str, path: str = "") -> HttpResponse:
    """List a folder, or all below it.

    source  huggingface_hub `list_repo_tree`; transformers counts on EntryNotFound for a folder that is absent
    """
    repo, git, sha = opened_at(request, kind, namespace, name, revision)
    expand, recursive, path = asked_yes(request, "expand"), asked_yes(request, "recursive"), path.strip("/")
    limit = asked_limit(request, default=PAGE, most=PAGE_EXPANDED if expand else PAGE)
    limit = min(limit, PAGE_EXPANDED) if expand else limit
    try:
        entries = git.tree(sha, path, recursive, after=_path(asked_one(request, "cursor") or ""))
        found = list(islice(entries, limit + 1))
    except EntryNotFound:
        raise EntryNotFound(f'"{path[:200]}" does not exist on "{revision[:120]}"', headers={"X-Repo-Commit": sha}) from None
    items, hashes = found[:limit], xet_hashes(repo, found[:limit])
    last = git.last_commits_of(sha, [entry.path for entry in items], under=path) if expand else {}
    following = {"cursor": _word(items[-1].path)} if len(found) > limit else None
    rest = f"/{quote(path)}" if path else ""
    at_sha = f"/api/{repo.address.plural}/{repo.address.id}/tree/{sha}{rest}"
    response = answer_list(request, [told(entry, hashes, last.get(entry.path)) for entry in items], next_query=following, path=at_sha)
    response["X-Repo-Commit"] = sha
    return response


def _paths_asked(request: HubRequest) -> tuple[list[str], bool]:
    """Return the paths of a form or a JSON body, and whether to tell their last commits.

    raises  BadRequest
    """
    if request.content_type == "application/json":
        body = json_body(request)
        paths, expand = body.get("paths"), body.get("expand") is True
    else:
        try:
            paths, word = request.POST.getlist("paths"), request.POST.get("expand", "")
        except MultiPartParserError:
            raise BadRequest("The form could not be read.") from None
        expand = word.lower() in ("true", "1")
    if isinstance(paths, str):
        paths = [paths]
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths) or not is_plain(paths):
        raise BadRequest('"paths" must be a list of texts.')
    if len(paths) > PATHS_LIMIT:
        raise BadRequest(f"At most {PATHS_LIMIT} paths can be asked for at once.")
    return paths, expand


@door(Door.REPO_READ)
@compressed
def paths_info(request: HubRequest, kind: RepoKind, namespace: str, name: str, revision: str) -> HttpResponse:
    """Tell of those of the paths that are there.

    source  huggingface_hub `get_paths_info`
    """
    repo, git, sha = opened_at(request, kind, namespace, name, revision)
    paths, expand = _paths_asked(request)
    entries = [entry for entry in git.entries(sha, dict.fromkeys(paths)) if entry.path]
    hashes = xet_hashes(repo, entries)
    last = git.last_commits_of(sha, [entry.path for entry in entries]) if expand else {}
    return JsonResponse([told(entry, hashes, last.get(entry.path)) for entry in entries], safe=False)
