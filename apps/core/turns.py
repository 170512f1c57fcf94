"""Pages go first: a long transfer waits a moment between two blocks while any process of the web server works on a request.

Without it eight fast downloads take the processors nearly for themselves, and pages take ten times as long.
"""

from __future__ import annotations

import mmap
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from django.http import HttpRequest, HttpResponse

SLOTS = 64
# so long per block of a MiB at most: each transfer beside others' requests still makes 50 MB/s
LONGEST_PAUSE_SECONDS = 0.02
STEP_SECONDS = 0.001
# a request with a larger body is a transfer itself
BODY_LIMIT_BYTES = 1 << 20
NOBODY = bytes(4 * SLOTS)


class Turns:
    """How many requests each process works on; processes that are forked from one another see the same numbers."""

    def __init__(self) -> None:
        self._table = mmap.mmap(-1, len(NOBODY))
        self._lock = threading.Lock()
        self.count, self.slot = 0, 0

    def take_slot(self, number: int) -> None:
        """Count for this process from now on under a number of its own."""
        self.slot, self.count, self._lock = number % SLOTS, 0, threading.Lock()

    def clear(self, number: int) -> None:
        """Forget what a process that ended worked on."""
        self._write(number % SLOTS, 0)

    def _write(self, slot: int, count: int) -> None:
        struct.pack_into("<I", self._table, 4 * slot, count)

    def _add(self, change: int) -> None:
        with self._lock:
            self.count += change
            self._write(self.slot, self.count)

    def __enter__(self) -> None:
        self._add(1)

    def __exit__(self, *error: object) -> None:
        self._add(-1)

    def are_taken(self) -> bool:
        return self._table[: len(NOBODY)] != NOBODY

    def give_way(self) -> None:
        """Wait while somebody works on a request, but never for long."""
        end = time.monotonic() + LONGEST_PAUSE_SECONDS
        while self.are_taken() and time.monotonic() < end:
            time.sleep(STEP_SECONDS)

    def between(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield blocks, and give way before each but the first."""
        for number, block in enumerate(blocks):
            if number:
                self.give_way()
            yield block


turns = Turns()


def pages_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let transfers know that somebody waits for an answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if len(length) > 7 or not length.isdigit() or int(length) > BODY_LIMIT_BYTES or "HTTP_TRANSFER_ENCODING" in request.META:
            return get_response(request)
        with turns:
            return get_response(request)

    return middleware
