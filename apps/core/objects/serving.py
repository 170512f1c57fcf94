"""Serving objects over HTTP: whole, by range, conditionally; by sendfile where they are plain files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
)

from apps.core.web.etags import matches_etag
from apps.core.web.http import (
    OCTETS,
    ByteRange,
    ByteStream,
    file_response,
    parse_range,
    release_connection,
)

# browsers must not execute user files on our origin
SAFE_POLICY = "default-src 'none'; sandbox"
TEXT = "text/plain; charset=utf-8"
# types that browsers may render; none of them can contain scripts
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
# shown as what they are, text, also where they could be run
TEXT_EXTENSIONS = frozenset(
    "txt md json jsonl yaml yml toml ini cfg csv tsv xml html htm css js ts py sh c h cpp rs go java rb r sql"
    " tex bib svg log lock".split()
)


class ByteSource(Protocol):
    """Anything of known size that can be read by range, such as an ObjectReader."""

    @property
    def size(self) -> int: ...

    def open_range(self, start: int, end: int) -> Iterator[bytes]: ...

    def local_file(self) -> Path | None: ...

    def download_url(self, *, headers: Mapping[str, str]) -> str | None: ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """Content that is read in one piece if it is sent. Implements `ByteSource`."""

    size: int
    read: Callable[[], bytes]

    def open_range(self, start: int, end: int) -> Iterator[bytes]:
        yield self.read()[start:end]

    def local_file(self) -> Path | None:
        return None

    def download_url(self, *, headers: Mapping[str, str]) -> str | None:
        return None


def content_type_of(filename: str, *, also_text: frozenset[str] = frozenset()) -> str:
    """Return the content type by which a browser shows a user's file, or saves it, but never runs it.

    also_text  further extensions of text files, lower case
    """
    extension = filename.rpartition(".")[2].lower()
    if extension in TEXT_EXTENSIONS | also_text:
        return TEXT
    return INLINE_TYPES.get(extension, OCTETS)


def disposition(filename: str, *, attachment: bool = False) -> str:
    """Return a Content-Disposition that the hub client can parse: it relies on the trailing semicolon."""
    plain = "".join(letter if " " <= letter < "\x7f" and letter not in '"\\' else "_" for letter in filename)
    kind = "attachment" if attachment else "inline"
    return f"{kind}; filename*=UTF-8''{quote(filename, safe='')}; filename=\"{plain}\";"


def serve_object(
    request: HttpRequest,
    source: ByteSource,
    *,
    filename: str,
    etag: str,
    content_type: str = OCTETS,
    attachment: bool = False,
    is_redirected: bool = True,
    headers: Mapping[str, str] | None = None,
) -> HttpResponseBase:
    """Answer GET or HEAD with 200, 206, 304 or 412, or with a 302 to a bucket that serves the object itself.

    etag           without quotes
    content_type   for a user's bytes that of `content_type_of`
    is_redirected  whether the bucket may serve it; pages show no images of other hosts, for instance
    headers        added to every response; redirects are never cached
    raises         OutOfRange, MissingBytes
    """
    quoted = f'"{etag}"'
    named = disposition(filename, attachment=attachment)
    response = _unmet_condition(request, quoted)
    if response is None:
        part = _range_of(request, source.size, quoted)
        response = (
            _empty(request, source, content_type)
            or (_redirect(request, source, content_type, named) if is_redirected else None)
            or _head(request, source, content_type)
            or _content(source, part, content_type)
        )
    response["ETag"] = quoted
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = named
    response["Content-Security-Policy"] = SAFE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    for name, value in (headers or {}).items():
        response[name] = value
    if isinstance(response, HttpResponseRedirect):
        # the signature expires
        response["Cache-Control"] = "private, no-store"
    return response


def _unmet_condition(request: HttpRequest, quoted: str) -> HttpResponseBase | None:
    """Return the answer to conditions that are not met; dates are ignored, since an object has none.

    source  RFC 9110 section 13
    """
    required = request.headers.get("If-Match")
    if required and not matches_etag(required, quoted):
        return HttpResponse(status=412)
    if matches_etag(request.headers.get("If-None-Match"), quoted):
        return HttpResponseNotModified()
    return None


def _range_of(request: HttpRequest, size: int, quoted: str) -> ByteRange | None:
    """Return the requested range, if any.

    source  RFC 9110: Range applies to GET only, and under If-Range only to unchanged content
    """
    if not size or request.method != "GET" or request.headers.get("If-Range", quoted) != quoted:
        return None
    return parse_range(request.headers.get("Range"), size)


def _empty(request: HttpRequest, source: ByteSource, content_type: str) -> HttpResponseBase | None:
    """Answer for an object of 0 bytes: every range of it is unsatisfiable, so Range is ignored.

    source  RFC 9110 section 14.2; @huggingface/hub `fileDownloadInfo` requests the first byte of every file
            and takes the size from Content-Range
    """
    if source.size:
        return None
    headers = {"Content-Length": "0"} | ({"Content-Range": "bytes */0"} if "Range" in request.headers else {})
    return HttpResponse(content_type=content_type, headers=headers)


def _redirect(
    request: HttpRequest, source: ByteSource, content_type: str, named: str
) -> HttpResponseBase | None:
    """Redirect to the bucket if it serves the object. Not for HEAD: the URL is signed for GET."""
    if request.method == "HEAD":
        return None
    url = source.download_url(headers={"Content-Type": content_type, "Content-Disposition": named})
    return HttpResponseRedirect(url) if url else None


def _head(request: HttpRequest, source: ByteSource, content_type: str) -> HttpResponseBase | None:
    if request.method != "HEAD":
        return None
    return HttpResponse(content_type=content_type, headers={"Content-Length": str(source.size)})


def _content(source: ByteSource, part: ByteRange | None, content_type: str) -> HttpResponseBase:
    path = source.local_file()
    if path is not None:
        release_connection()
        return file_response(path, content_range=part, content_type=content_type)
    return _stream(source, part, content_type)


def _stream(source: ByteSource, part: ByteRange | None, content_type: str) -> HttpResponseBase:
    span = part or ByteRange(0, source.size - 1, source.size)
    blocks, status = source.open_range(span.start, span.end + 1), 206 if part else 200
    response: HttpResponseBase = (
        HttpResponse(b"".join(blocks), status=status, content_type=content_type)
        if isinstance(source, InMemory)
        else ByteStream(blocks, status=status, content_type=content_type)
    )
    response["Content-Length"] = str(span.length)
    if part:
        response["Content-Range"] = part.header
    return response
