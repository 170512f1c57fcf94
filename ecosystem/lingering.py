"""Answers that come before the whole request: what is still on its way is taken in, for a moment.

A server in front that still sends a body when the connection closes reports a broken upstream, in place of the refusal it was sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

LINGER_SECONDS, LINGER_BYTES = 2.0, 64 << 20
BLOCK_BYTES = 64 << 10
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Lingering:
    """A response that reads the rest of its request once it is sent; the peer closes as soon as it has read the response."""

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
        before, ends, taken = connection.gettimeout(), time.monotonic() + LINGER_SECONDS, 0
        with suppress(Exception):  # nobody is left to hear of what is wrong with the rest
            while (left := ends - time.monotonic()) > 0 and taken < LINGER_BYTES:
                connection.settimeout(left)
                block = self.environ["wsgi.input"].read(BLOCK_BYTES)
                taken += len(block)
                if not block:
                    break
        with suppress(OSError):
            connection.settimeout(before)


def with_lingering_close(application: Application) -> Application:
    """Return the application so that it takes in what was sent for nothing."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = application(environ, start_response)
        has_body = environ.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_TRANSFER_ENCODING" in environ
        return Lingering(response, environ) if has_body else response

    return answer
