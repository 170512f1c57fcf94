"""Lingering close: after an early response, briefly read the rest of the request body.

A reverse proxy that is still sending a body when the connection closes reports a bad gateway
instead of the response.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

LINGER_SECONDS, LINGER_BYTES = 2.0, 64 << 20
BLOCK_BYTES = 64 << 10
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LingeringResponse:
    """A response that reads the rest of its request after it is sent, until the peer closes."""

    def __init__(self, response: Iterable[bytes], environ: dict[str, Any]) -> None:
        self.response, self.environ = response, environ

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.response)

    def close(self) -> None:
        if hasattr(self.response, "close"):
            self.response.close()
        connection = self.environ.get("gunicorn.socket")
        if connection is None:
            return
        timeout, end, count = connection.gettimeout(), time.monotonic() + LINGER_SECONDS, 0
        with suppress(Exception):  # the response is sent; errors in the rest don't matter
            while (left := end - time.monotonic()) > 0 and count < LINGER_BYTES:
                connection.settimeout(left)
                block = self.environ["wsgi.input"].read(BLOCK_BYTES)
                count += len(block)
                if not block:
                    break
        with suppress(OSError):
            connection.settimeout(timeout)


def with_lingering_close(application: Application) -> Application:
    """Wrap a WSGI application with a lingering close for requests with a body."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = application(environ, start_response)
        has_body = environ.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_TRANSFER_ENCODING" in environ
        return LingeringResponse(response, environ) if has_body else response

    return wrapped
