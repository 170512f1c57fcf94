"""Serving objects over HTTP: whole, by range, conditionally; by sendfile where they are plain files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.cache import get_conditional_response

from apps.core.web.http import ByteRange, ByteStream, file_response, parse_range, release_connection

# browsers must not execute user files on our origin
SAFE_POLICY = "default-src 'none'; sandbox"


class ByteSource(Protocol):
    """Anything of known size that can be read by range, such as an ObjectReader."""

    @property
    def size(self) -> int: ...

    def open_range(self, start: int, end: int) -> Iterator[bytes]: ...

    def local_file(self) -> Path | None: ...

    def download_url(self, *, headers: Mapping[str, str]) -> str | None: ...


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
    content_type: str = "application/octet-stream",
    attachment: bool = False,
    headers: Mapping[str, str] | None = None,
) -> HttpResponseBase:
    """Answer GET or HEAD with 200, 206, 304 or 412, or with a 302 to a bucket that serves the object itself.

    etag     without quotes
    headers  added to every response
    raises   OutOfRange, MissingBytes
    """
    quoted = f'"{etag}"'
    part = _range_of(request, source.size, quoted)
    named = disposition(filename, attachment=attachment)
    response = get_conditional_response(request, etag=quoted) or _answer(
        request, source, part, content_type, named
    )
    response["ETag"] = quoted
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = named
    response["Content-Security-Policy"] = SAFE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def _range_of(request: HttpRequest, size: int, quoted: str) -> ByteRange | None:
    """Return the requested range, if any.

    source  RFC 9110: Range applies to GET only, and under If-Range only to unchanged content
    """
    if request.method != "GET" or request.headers.get("If-Range", quoted) != quoted:
        return None
    return parse_range(request.headers.get("Range"), size)


def _answer(
    request: HttpRequest, source: ByteSource, part: ByteRange | None, content_type: str, named: str
) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse(content_type=content_type, headers={"Content-Length": str(source.size)})
    elsewhere = source.download_url(headers={"Content-Type": content_type, "Content-Disposition": named})
    if elsewhere:
        return HttpResponseRedirect(elsewhere, headers={"Cache-Control": "private, no-store"})
    path = source.local_file()
    if path is not None and source.size:
        release_connection()
        return file_response(path, content_range=part, content_type=content_type)
    return _stream(source, part, content_type)


def _stream(source: ByteSource, part: ByteRange | None, content_type: str) -> HttpResponseBase:
    span = part or ByteRange(0, source.size - 1, source.size)
    response = ByteStream(
        source.open_range(span.start, span.end + 1), status=206 if part else 200, content_type=content_type
    )
    response["Content-Length"] = str(span.length)
    if part:
        response["Content-Range"] = part.header
    return response
