"""Requests and responses with large bodies: limits, ranges, files, streams."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import BadRequest, OutOfRange, TooLarge

BLOCK_BYTES = 1 << 20
DEFAULT_BODY_LIMIT_BYTES = 64 << 20
OCTETS = "application/octet-stream"


class HubRequest(HttpRequest):
    """A request as views see it, with its actor and id."""

    actor: Actor
    request_id: str


class LimitedBody(io.RawIOBase):
    """A request body of unknown length with a limit.

    raises  TooLarge once more than `limit` bytes have been read
    """

    def __init__(self, source: BinaryIO, limit: int = DEFAULT_BODY_LIMIT_BYTES) -> None:
        self.source, self.limit, self.count = source, limit, 0

    def readable(self) -> bool:
        return True

    def _count(self, data: bytes) -> bytes:
        self.count += len(data)
        if self.count > self.limit:
            raise TooLarge(
                _("The body is larger than %(limit)s bytes.") % {"limit": self.limit}, limit_bytes=self.limit
            )
        return data

    def _capped(self, size: int | None) -> int:
        """Cap a read at one byte above the limit, so that reading the whole body stays bounded in memory."""
        left = max(0, self.limit - self.count) + 1
        return left if size is None or size < 0 else min(size, left)

    def read(self, size: int | None = -1) -> bytes:
        return self._count(self.source.read(self._capped(size)))

    def readline(self, size: int | None = -1) -> bytes:
        return self._count(self.source.readline(self._capped(size)))


class StreamedRequest(WSGIRequest):
    """A request that accepts a body without Content-Length, which Django alone treats as empty.

    limited_body  the body of unknown length; None if the length is known
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        self.limited_body: LimitedBody | None = None
        if environ.get("CONTENT_LENGTH") or not environ.get("wsgi.input_terminated"):
            super().__init__(environ)
            return
        self.limited_body = LimitedBody(environ["wsgi.input"])
        # Django stops at this length; the body ends on its own or at its limit
        super().__init__({**environ, "wsgi.input": self.limited_body, "CONTENT_LENGTH": str(sys.maxsize)})
        del self.META["CONTENT_LENGTH"]


def limited_body(request: HttpRequest) -> LimitedBody | None:
    """Return the body of a request without Content-Length."""
    return getattr(request, "limited_body", None)


def declared_length(request: HttpRequest) -> int | None:
    """Return the Content-Length, or None without one.

    raises  BadRequest if it is not a number
    """
    text = request.META.get("CONTENT_LENGTH") or ""
    if text and not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BadRequest(_("The Content-Length header is not valid."))
    return int(text) if text else None


def body_blocks(request: HttpRequest, *, limit: int, block: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Read a request's body block by block.

    limit   in bytes
    raises  TooLarge for the declared or actual length, BadRequest if the body is shorter than declared
    """
    declared = declared_length(request)
    if declared is not None and declared > limit:
        raise TooLarge(_("The body is larger than %(limit)s bytes.") % {"limit": limit}, limit_bytes=limit)
    if unbounded := limited_body(request):
        unbounded.limit = min(unbounded.limit, limit)
    count, source = 0, buffered_body(request) or request
    while data := source.read(block):
        count += len(data)
        if count > limit:
            raise TooLarge(
                _("The body is larger than %(limit)s bytes.") % {"limit": limit}, limit_bytes=limit
            )
        yield data
    if declared is not None and count < declared:
        raise BadRequest(_("The body is shorter than its Content-Length."))


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """Return a whole body (raises as `body_blocks`)."""
    return b"".join(body_blocks(request, limit=limit))


def buffer_body(request: HttpRequest, *, limit: int) -> bytes:
    """Read a body into memory; `body_blocks` then reads it again (and raises the same)."""
    body = read_body(request, limit=limit)
    request.buffered_body = body  # type: ignore[attr-defined]
    return body


def buffered_body(request: HttpRequest) -> BinaryIO | None:
    """Return the body that `buffer_body` has read, from its start."""
    body: bytes | None = getattr(request, "buffered_body", None)
    return None if body is None else io.BytesIO(body)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from `start` to `end`, both included, of `size`."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1

    @property
    def header(self) -> str:
        return f"bytes {self.start}-{self.end}/{self.size}"


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Return the range of a Range header, or None to send everything.

    raises  OutOfRange if it starts beyond the end
    source  RFC 9110 section 14.1.2, which allows ignoring multiple ranges and other units
    """
    if not header or not header.startswith("bytes=") or "," in header:
        return None
    first, dash, last = header.removeprefix("bytes=").strip().partition("-")
    digits = first + last
    if not dash or not digits.isascii() or not digits.isdigit() or len(digits) > 1000:
        return None
    if not first:
        start, end = max(0, size - int(last)), size - 1
        unsatisfiable = int(last) == 0 or size == 0
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
        unsatisfiable = start >= size
    if unsatisfiable:
        raise OutOfRange(headers={"Content-Range": f"bytes */{size}"})
    return ByteRange(start, end, size)


class _Slice(io.RawIOBase):
    """The next `length` bytes of an open file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()
        super().close()

    def fileno(self) -> int:
        return self.file.fileno()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seek in the underlying file, as the server does after sendfile."""
        return self.file.seek(offset, whence)


def file_response(
    path: Path, *, content_range: ByteRange | None = None, content_type: str = "application/octet-stream"
) -> HttpResponseBase:
    """Return a local file or a range of it; the reverse proxy sends the bytes if it can."""
    root: Path | None = settings.X_ACCEL_ROOT
    if root is None or not path.is_relative_to(root):
        return RangedFile(path, content_range=content_range, content_type=content_type)
    return _accel_response(path.relative_to(root), content_range, content_type)


def _accel_response(path: Path, part: ByteRange | None, content_type: str) -> HttpResponse:
    """Name the file and range to the reverse proxy, which sends them with their length.

    source  docs/operations.md, "The server in front"
    """
    response = HttpResponse(status=206 if part else 200, content_type=content_type)
    response["X-Accel-Redirect"] = f"/.objects/{quote(path.as_posix())}"
    response["X-Accel-Range"] = f"bytes={part.start}-{part.end}" if part else ""
    response["Content-Length"] = "0"
    return response


class RangedFile(FileResponse):
    """A local file or a range of it, sent with sendfile where the server supports it."""

    block_size = BLOCK_BYTES

    def __init__(
        self, path: Path | str, *, content_range: ByteRange | None = None, content_type: str = OCTETS
    ) -> None:
        file = open(path, "rb", buffering=0)  # noqa: SIM115
        size = os.fstat(file.fileno()).st_size
        part = content_range or ByteRange(0, size - 1, size)
        file.seek(part.start)
        super().__init__(
            _Slice(file, part.length), status=206 if content_range else 200, content_type=content_type
        )
        self["Content-Length"] = str(part.length)
        self["Accept-Ranges"] = "bytes"
        if content_range:
            self["Content-Range"] = content_range.header

    def set_headers(self, filelike: object) -> None:
        """Keep the headers of the range; Django would derive them from the whole file."""


def release_connection() -> None:
    """Return the database connection to the pool, unless a transaction is open."""
    if not connection.in_atomic_block:
        connection.close()


class ByteStream(StreamingHttpResponse):
    """A streamed response that first releases the database connection: slow clients would hold it."""

    def __init__(self, blocks: Iterable[bytes], **options: object) -> None:
        release_connection()
        super().__init__(blocks, **options)
