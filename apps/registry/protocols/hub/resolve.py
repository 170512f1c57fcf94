"""File contents, whole or by range, with headers that keep browsers from running them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.http.response import HttpResponseBase

from apps.core.cache import CachedValue
from apps.core.errors import NotFound
from apps.core.web.etags import matches_etag
from apps.core.web.http import (
    ByteRange,
    ByteStream,
    HubRequest,
    file_response,
    parse_range,
    release_connection,
)
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

BLOCK_BYTES = 1 << 20
COUNTED_DOWNLOADS = CachedValue("download", int, seconds=300)
CONTENT_SECURITY_POLICY = "default-src 'none'; sandbox"
# Types that browsers may render; none of them can contain scripts.
INLINE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
TEXT_EXTENSIONS = frozenset(
    "txt md json jsonl yaml yml toml ini cfg csv tsv xml html htm css js ts py sh c h cpp rs go java rb r sql"
    " tex bib ipynb svg log gitattributes gitignore jinja lock template model-card".split()
)
# A client that accepts this type wants no content, only the headers for Xet.
XET_FILE = "application/vnd.xet-fileinfo+json"
TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"


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
    """Serve a regular file, a pointer or a large object, with Range and ETag."""
    tag = f'"{etag or entry.oid}"'
    size = found.size if found else git.blob_size(entry.oid)
    if matches_etag(request.headers.get("If-None-Match"), tag):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        part = _range_of(request, size, tag)
        if request.method == "HEAD":
            response = _head(size, part)
        elif found:
            response = _redirect_to_bucket(request, found, entry.name) or _large(found, part)
        else:
            response = _regular(git.read(entry.oid), part)
        _set_content_headers(request, response, entry.name)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _range_of(request: HubRequest, size: int, tag: str) -> ByteRange | None:
    if request.headers.get("If-Range") not in (None, tag):
        return None
    return parse_range(request.headers.get("Range"), size)


def _with_length(response: HttpResponseBase, size: int, part: ByteRange | None) -> HttpResponseBase:
    response["Content-Length"] = str(part.length if part else size)
    response["Accept-Ranges"] = "bytes"
    if part:
        response["Content-Range"] = part.header
    return response


def _head(size: int, part: ByteRange | None) -> HttpResponseBase:
    return _with_length(HttpResponse(status=206 if part else 200), size, part)


def _regular(content: bytes, part: ByteRange | None) -> HttpResponseBase:
    body = content[part.start : part.end + 1] if part else content
    return _with_length(HttpResponse(body, status=206 if part else 200), len(content), part)


def _large(found: RepoObject, part: ByteRange | None) -> HttpResponseBase:
    reader = ObjectReader(found)
    file = reader.local_file()
    if file is not None and found.size:
        release_connection()
        return file_response(file, content_range=part)
    start, end = (part.start, part.end + 1) if part else (0, found.size)
    blocks: Iterator[bytes] = reader.open_range(start, end) if end > start else iter(())
    return _with_length(ByteStream(blocks, status=206 if part else 200), found.size, part)


def _redirect_to_bucket(request: HubRequest, found: RepoObject, name: str) -> HttpResponseBase | None:
    """Redirect to the bucket if the object is stored there. Not for HEAD: the URL is signed for GET."""
    sample = HttpResponse()
    _set_content_headers(request, sample, name)
    headers = {header: sample[header] for header in ("Content-Type", "Content-Disposition")}
    url = ObjectReader(found).download_url(headers=headers)
    return HttpResponseRedirect(url) if url else None


def _set_content_headers(request: HubRequest, response: HttpResponseBase, name: str) -> None:
    """Set type and name so that browsers show or save the file, but never run it."""
    extension = name.rpartition(".")[2].lower()
    response["Content-Type"] = INLINE_TYPES.get(extension) or (
        TEXT if extension in TEXT_EXTENSIONS else BYTES
    )
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    disposition = "attachment" if query_bool(request, "download") else "inline"
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    response["Content-Disposition"] = (
        f"{disposition}; filename*=UTF-8''{quote(name, safe='')}; filename=\"{plain}\";"
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
        count_download(repo)
