"""File contents, whole or by range, with headers that keep browsers from running them."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from apps.core.cache import CachedValue
from apps.core.errors import NotFound
from apps.core.objects.serving import InMemory, content_type_of, serve_object
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.core.web.rate_limits import client_address
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ
from apps.registry.repos.services.downloads import count_download

from .params import absolute_url, query_bool
from .revisions import RepoAtRevision, open_at_path

COUNTED_DOWNLOADS = CachedValue("download", int, seconds=300)
TEXT_EXTENSIONS = frozenset("ipynb gitattributes gitignore jinja template model-card".split())
# A client that accepts this type wants no content, only the headers for Xet.
XET_FILE = "application/vnd.xet-fileinfo+json"


class MissingObject(NotFound):
    """The commit refers to a large object that this repository no longer has."""

    code = "EntryNotFound"
    default = "The content of this file is no longer stored."


@requires(REPO_READ)
def resolve(request: HubRequest, repo: Repo, revision: str, path: str) -> HttpResponseBase:
    """Serve a file, or for HEAD its headers.

    source  huggingface_hub `get_hf_file_metadata`, `http_get`
    """
    at = open_at_path(repo, revision, path)
    git, sha = at.git, at.sha
    if has_moved(request, repo):
        return _redirect_moved(request, at, "resolve")
    entry = file_at(git, sha, at.path, at.revision)
    _count_download(request, repo)
    found = object_for(repo.id, entry.pointer.oid) if entry.pointer else None
    if entry.pointer and found is None:
        raise MissingObject(headers={"X-Repo-Commit": sha})
    has_xet = (
        found is not None and found.xet_hash is not None and entry.size >= settings.XET_ADVERTISE_FROM_BYTES
    )
    if found and has_xet and XET_FILE in request.headers.get("Accept", ""):
        response: HttpResponseBase = HttpResponse(content_type=XET_FILE)
        response["ETag"] = f'"{found.sha256}"'
    else:
        etag = entry.pointer.oid if entry.pointer else entry.oid
        response = _file_response(request, git, entry, found, etag=etag)
    response["X-Repo-Commit"] = sha
    if entry.pointer:
        response["X-Linked-Size"] = str(entry.size)
        response["X-Linked-ETag"] = f'"{entry.pointer.oid}"'
    if found and found.xet_hash and has_xet:
        _add_xet_headers(request, response, repo, sha, found.xet_hash)
    return response


@requires(REPO_READ)
def raw(request: HubRequest, repo: Repo, revision: str, path: str) -> HttpResponseBase:
    """Serve the git blob; for a large file that is its pointer."""
    at = open_at_path(repo, revision, path)
    if has_moved(request, repo):
        return _redirect_moved(request, at, "raw")
    response = _file_response(request, at.git, file_at(at.git, at.sha, at.path, at.revision), None, etag="")
    response["X-Repo-Commit"] = at.sha
    return response


def has_moved(request: HubRequest, repo: Repo) -> bool:
    """Return whether the request used a former address of the repository."""
    assert request.resolver_match is not None
    names = request.resolver_match.kwargs
    return repo.address_key != f"{names['namespace']}/{names['name']}".casefold()


def _redirect_moved(request: HubRequest, at: RepoAtRevision, route: str) -> HttpResponseBase:
    """Redirect from a former address of a file to the current one."""
    query = request.META.get("QUERY_STRING", "")
    address = f"/{quote(at.repo.address.path)}/{route}/{quote(at.revision, safe='')}/{quote(at.path)}"
    response = HttpResponse(status=307)
    response["Location"] = f"{address}?{query}" if query else address
    response["X-Repo-Commit"] = at.sha
    return response


def file_at(git: GitRepo, sha: str, path: str, revision: str) -> Entry:
    """Return the file at a path.

    raises  EntryNotFound, with the commit in a header: clients cache that the file does not exist there
    """
    try:
        entry = git.entry(sha, path)
    except EntryNotFound:
        entry = None
    if entry is None or not entry.is_file:
        raise EntryNotFound(
            f'"{path[:200]}" does not exist on "{revision[:120]}"', headers={"X-Repo-Commit": sha}
        )
    return entry


def _file_response(
    request: HubRequest, git: GitRepo, entry: Entry, found: RepoObject | None, *, etag: str
) -> HttpResponseBase:
    """Serve a regular file, a pointer or a large object."""
    return serve_object(
        request,
        ObjectReader(found) if found else InMemory(git.blob_size(entry.oid), lambda: git.read(entry.oid)),
        filename=entry.name,
        etag=etag or entry.oid,
        content_type=content_type_of(entry.name, also_text=TEXT_EXTENSIONS),
        attachment=query_bool(request, "download"),
        headers={"Cache-Control": "private, no-cache"},
    )


def _add_xet_headers(
    request: HubRequest, response: HttpResponseBase, repo: Repo, sha: str, xet_hash: str
) -> None:
    """source  huggingface_hub `parse_xet_file_data_from_response`"""
    token = absolute_url(request, f"/api/{repo.address.plural}/{repo.address.id}/xet-read-token/{sha}")
    plan = absolute_url(request, f"/xet/v1/reconstructions/{xet_hash}")
    response["X-Xet-Hash"] = xet_hash
    response["X-Xet-Refresh-Route"] = token
    response["Link"] = f'<{token}>; rel="xet-auth", <{plan}>; rel="xet-reconstruction-info"'


def _count_download(request: HubRequest, repo: Repo) -> None:
    """Count a download, once for all files that a client fetches within five minutes."""
    if request.method != "GET" or "X-HF-Download-Counter" not in request.headers:
        return
    client = f"{client_address(request)}:{request.actor.user_id}:{request.headers.get('User-Agent', '')}"
    if COUNTED_DOWNLOADS.add(1, repo.id, sha256(client.encode()).hexdigest()):
        count_download(repo, request.actor.user_id)
