"""Request bodies straight from the socket: gunicorn's own reading copies every byte three times on its way."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, UnreadablePostError
from gunicorn.http.body import LengthReader


def received(request: HttpRequest, block: int) -> Iterator[bytes]:
    """Yield a request's body in blocks of at most `block` bytes; it ends early if the client leaves.

    A body that does not come by gunicorn's plain sockets with a length, such as a chunked one, is read as Django gives it.
    """
    environ: dict[str, Any] = request.META
    reader, connection = getattr(environ.get("wsgi.input"), "reader", None), environ.get("gunicorn.socket")
    if (
        isinstance(connection, socket.socket)
        and not isinstance(connection, ssl.SSLSocket)
        and type(reader) is LengthReader
        and not getattr(request, "_read_started", False)
    ):
        request._read_started = True  # type: ignore[attr-defined]
        yield from _from_socket(connection, reader, block)
    else:
        while data := request.read(block):
            yield data


def _from_socket(connection: socket.socket, reader: LengthReader, block: int) -> Iterator[bytes]:
    """Count what is read off the reader: gunicorn asks it afterwards whether the connection may be used again.

    raises  UnreadablePostError if the connection broke
    """
    ahead = reader.unreader.take_buffered()
    if len(ahead) > reader.length:  # the next request came along
        reader.unreader.unread(ahead[reader.length :])
        ahead = ahead[: reader.length]
    for start in range(0, len(ahead), block):
        part = ahead[start : start + block]
        reader.length -= len(part)
        yield part
    while reader.length:
        # the kernel fills the whole block: one call, no copy but its own
        try:
            data = connection.recv(min(reader.length, block), socket.MSG_WAITALL)
        except OSError as error:
            raise UnreadablePostError(*error.args) from error
        if not data:
            return
        reader.length -= len(data)
        yield data
