"""gunicorn's threads, with downloads that let pages go first."""

from __future__ import annotations

import socket
from typing import Any, BinaryIO

from gunicorn.workers.gthread import ThreadWorker

from apps.core.turns import turns

BLOCK_BYTES = 1 << 20


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
    def handle(self, conn: Any) -> Any:
        if type(conn.sock) is socket.socket:
            conn.sock = PacedSocket(fileno=conn.sock.detach())
        return super().handle(conn)
