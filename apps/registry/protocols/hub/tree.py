"""Files and folders of a commit: the paged tree, and info about given paths."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError

from apps.core.cache import CachedValue
from apps.core.errors import BadRequest
from apps.core.text.storable import is_storable
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.pagination import decode_cursor, encode_cursor
from apps.core.web.params import parse_flag
from apps.core.web.policies import requires
from apps.registry.blobs.selectors import objects_for, xet_hashes_for
from apps.registry.contents.selectors.changes import last_commits
from apps.registry.gitstore import CommitInfo, Entry, GitRepo
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE

from .params import (
    compress_response,
    format_timestamp,
    gzipped_json,
    json_body,
    query_bool,
    query_limit,
    query_str,
    set_next_link,
)
from .revisions import open_at_path, open_at_revision

PAGE, PAGE_RECURSIVE, PAGE_EXPANDED, PATHS_LIMIT = 1000, 16_000, 100, 1000
# Enough for PATHS_LIMIT paths of the maximum length.
PATHS_LIMIT_BYTES = 4 << 20
CACHED_FROM_BYTES, GZIP_LEVEL = 16 << 10, 1


def advertised_hashes(repo: Repo, entries: Iterable[Entry]) -> dict[str, str]:
    """Return the Xet hashes by sha256 of the large files that clients should download by Xet."""
    large = [
        entry.pointer.oid
        for entry in entries
        if entry.pointer and entry.size >= settings.XET_ADVERTISE_FROM_BYTES
    ]
    found = objects_for(repo.id, large) if large else {}
    return {sha256: one.xet_hash for sha256, one in found.items() if one.xet_hash}


def copied_hashes(repo: Repo, entries: Iterable[Entry]) -> dict[str, str]:
    """Return the Xet hashes by sha256 of large files of any size, which clients name to copy the files."""
    return xet_hashes_for(repo.id, [entry.pointer.oid for entry in entries if entry.pointer])


def serialize_entry(entry: Entry, hashes: dict[str, str], last: CommitInfo | None) -> dict[str, Any]:
    """source  huggingface_hub `RepoFile`, `RepoFolder`; @huggingface/hub `ApiIndexTreeEntry` has `unknown`"""
    kind = "unknown" if entry.kind == "submodule" else entry.kind
    item: dict[str, Any] = {"type": kind, "oid": entry.oid, "size": entry.size, "path": entry.path}
    if entry.pointer:
        item["lfs"] = {
            "oid": entry.pointer.oid,
            "size": entry.pointer.size,
            "pointerSize": entry.pointer.pointer_size,
        }
        if entry.pointer.oid in hashes:
            item["xetHash"] = hashes[entry.pointer.oid]
    if last:
        item["lastCommit"] = {"id": last.sha, "title": last.title, "date": format_timestamp(last.date)}
    return item


@requires(REPO_SEE)
def tree(request: HubRequest, repo: Repo, revision: str, path: str = "") -> HttpResponse:
    """List a folder, optionally recursively.

    source  huggingface_hub `list_repo_tree`; transformers relies on EntryNotFound for a missing folder
    """
    at = open_at_path(repo, revision, path.strip("/"))
    git, sha, path = at.git, at.sha, at.path
    expand, recursive = query_bool(request, "expand"), query_bool(request, "recursive")
    cursor = query_str(request, "cursor")
    most = PAGE_EXPANDED if expand else PAGE_RECURSIVE if recursive else PAGE
    span = Span(
        path,
        recursive,
        expand,
        decode_cursor(cursor, 1)[0] if cursor else "",
        query_limit(request, default=most, most=most),
    )
    try:
        page = _page(repo, git, sha, span)
    except EntryNotFound:
        raise EntryNotFound(
            f'"{path[:200]}" does not exist on "{at.revision[:120]}"', headers={"X-Repo-Commit": sha}
        ) from None
    rest = f"/{quote(path)}" if path else ""
    at_sha = f"/api/{repo.address.plural}/{repo.address.id}/tree/{sha}{rest}"
    response = gzipped_json(request, page.gzipped)
    set_next_link(request, response, encode_cursor(page.last) if page.last else None, at_sha)
    response["X-Repo-Commit"] = sha
    return response


class Span(NamedTuple):
    """The part of a tree on one page: at most `limit` entries of the folder `path` that follow `after`."""

    path: str
    recursive: bool
    expand: bool
    after: str
    limit: int


class Page(NamedTuple):
    """Gzipped JSON of the entries, and the path of the last one if more follow."""

    gzipped: bytes
    last: str


def _dump(page: Page) -> list[str]:
    return [base64.b64encode(page.gzipped).decode(), page.last]


def _load(cached: list[str]) -> Page:
    gzipped, last = cached
    return Page(base64.b64decode(gzipped, validate=True), str(last))


PAGES = CachedValue("tree", Page, seconds=3600, version=2, dump=_dump, load=_load)


def _page(repo: Repo, git: GitRepo, sha: str, span: Span) -> Page:
    """Return a page, cached if it is long, since the contents of a commit never change."""
    name = (repo.pk, sha, hashlib.sha256(repr(span).encode()).hexdigest())
    cached = PAGES.get(*name)
    if cached is not None:
        return cached
    page, is_final = _build_page(repo, git, sha, span)
    if is_final and len(page.gzipped) > CACHED_FROM_BYTES:
        PAGES.set(page, *name)
    return page


def _build_page(repo: Repo, git: GitRepo, sha: str, span: Span) -> tuple[Page, bool]:
    """Build a page and return whether it is final: large files may get their Xet hash later."""
    entries = git.tree(sha, span.path, span.recursive, after=span.after, submodules=True)
    found = list(islice(entries, span.limit + 1))
    items, more = found[: span.limit], len(found) > span.limit
    hashes = advertised_hashes(repo, items)
    last = last_commits(git, sha, [entry.path for entry in items], under=span.path) if span.expand else {}
    body = json.dumps([serialize_entry(entry, hashes, last.get(entry.path)) for entry in items]).encode()
    is_final = all(entry.pointer.oid in hashes for entry in items if entry.pointer)
    return Page(gzip.compress(body, GZIP_LEVEL), items[-1].path if more else ""), is_final


def _requested_paths(request: HubRequest) -> tuple[list[str], bool]:
    """Return the paths of a form or JSON body, and whether to include their last commits.

    raises  BadRequest
    """
    if request.content_type == "application/json":
        body = json_body(request, PATHS_LIMIT_BYTES)
        paths, expand = body.get("paths"), body.get("expand") is True
    else:
        try:
            paths, flag = request.POST.getlist("paths"), request.POST.get("expand", "")
        except MultiPartParserError:
            raise BadRequest("The form could not be read.") from None
        expand = parse_flag(flag) is True
    if isinstance(paths, str):
        paths = [paths]
    if (
        not isinstance(paths, list)
        or not all(isinstance(path, str) for path in paths)
        or not is_storable(paths)
    ):
        raise BadRequest('"paths" must be a list of strings.')
    if len(paths) > PATHS_LIMIT:
        raise BadRequest(f"A request can contain at most {PATHS_LIMIT} paths.")
    return paths, expand


@takes_body(PATHS_LIMIT_BYTES)
@requires(REPO_SEE)
@compress_response
def paths_info(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """Describe the given paths, without those that do not exist.

    Copies ask without `expand` and need every Xet hash; `HfFileSystem` asks with it, and downloads by Xet
    what has one.

    source  huggingface_hub `get_paths_info`, `_fetch_files_to_copy`, `HfFileSystem.info`
    """
    git, sha = open_at_revision(repo, revision)
    paths, expand = _requested_paths(request)
    entries = [entry for entry in git.entries(sha, dict.fromkeys(paths)) if entry.path]
    hashes = advertised_hashes(repo, entries) if expand else copied_hashes(repo, entries)
    last = last_commits(git, sha, [entry.path for entry in entries]) if expand else {}
    return JsonResponse(
        [serialize_entry(entry, hashes, last.get(entry.path)) for entry in entries], safe=False
    )
