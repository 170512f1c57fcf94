"""gunicorn's threads, with downloads that let pages go first, and memory that goes back after uploads."""

from __future__ import annotations

import ctypes
import socket
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from gunicorn.workers.gthread import ThreadWorker

from apps.core.turns import turns

from .frames import with_room

BLOCK_BYTES = 1 << 20
TRIM_EVERY_SECONDS = 2.0


def _trim() -> Callable[[int], int]:
    """Return the C library's way to give free memory back; other libraries than glibc have none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return lambda pad: 0


trim = _trim()


class PacedSocket(socket.socket):
    """A connection whose files are sent by the kernel block by block: whoever waits for a page gets its turn in between."""

    __slots__ = ()

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        sent = 0
        while count is None or sent < count:
            if sent:
                turns.give_way()
            more = super().sendfile(file, offset + sent, BLOCK_BYTES if count is None else min(BLOCK_BYTES, count - sent))
            if not more:
                break
            sent += more
        return sent


class Worker(ThreadWorker):  # type: ignore[misc]
    trimmed_at, trimmed_after = 0.0, 0
    answer = with_room(ThreadWorker.handle)

    def notify(self) -> None:
        """Say that this process lives, and give back what its last requests have freed: the library keeps much for the next transfer."""
        super().notify()
        if self.nr != self.trimmed_after and time.monotonic() - self.trimmed_at > TRIM_EVERY_SECONDS:
            trim(0)
            self.trimmed_at, self.trimmed_after = time.monotonic(), self.nr

    def handle(self, conn: Any) -> Any:
        if type(conn.sock) is socket.socket:
            conn.sock = PacedSocket(fileno=conn.sock.detach())
        return self.answer(conn)
