"""The memory that a job's processes may hold together.

Looked at several times a second. What no look can see, such as memory files without a process that maps them, shows only in what
the machine has left. If an allocation is quicker than the next look, the kernel ends the job before anything else (see deathbed.py).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from .faults import NoRoom, YourFault

EVERY_SECONDS = 0.2
STRAYS_EVERY_SECONDS = 2.0
LEFT_BYTES = 128 * 1024**2


def strays(home: Path) -> list[psutil.Process]:
    """Return the processes that were started with a job's home, whoever is their parent now."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME") == str(home):
                found.append(process)
    return found


def end_all(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def resident_bytes(processes: Sequence[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def own_bytes(processes: Sequence[psutil.Process]) -> int:
    """Return the memory of processes, pages that they share counted once where they may be looked at so closely; slower."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            try:
                total += process.memory_full_info().pss
            except psutil.AccessDenied:
                total += process.memory_info().rss
    return total


def kernel_kills() -> int:
    """Return how often the kernel has ended a process of this machine for want of memory."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


class MemoryGuard:
    """Holds a process and all that come from it to a limit.

    home  of a job that is not isolated: its processes may have left the tree, and are found by their home
    """

    def __init__(self, pid: int, *, limit_bytes: int, home: Path | None = None) -> None:
        self.process = psutil.Process(pid)
        self.limit_bytes = limit_bytes
        self.home = home
        self._strays: list[psutil.Process] = []
        self._next = self._next_strays = 0.0

    def check(self) -> None:
        """Look once in a while.

        raises  YourFault if the job holds too much, NoRoom if the machine has next to nothing left
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY_SECONDS
        family = self.family(now)
        if resident_bytes(family) > self.limit_bytes and (
            len(family) == 1 or own_bytes(family) > self.limit_bytes
        ):
            raise too_large(self.limit_bytes)
        if psutil.virtual_memory().available < LEFT_BYTES:
            raise NoRoom("memory_full", "The worker's machine has next to no memory left.")

    def family(self, now: float) -> list[psutil.Process]:
        """Return the job's processes, each once."""
        found = [self.process]
        with contextlib.suppress(psutil.Error):
            found += self.process.children(recursive=True)
        if self.home and now >= self._next_strays:
            self._next_strays = now + STRAYS_EVERY_SECONDS
            self._strays = strays(self.home)
        return list({process.pid: process for process in (*found, *self._strays)}.values())


def too_large(limit_bytes: int) -> YourFault:
    message = f"The job needs more than {limit_bytes // 1024**2} MiB of memory. Use a smaller batch or model."
    return YourFault("memory_exceeded", message)
