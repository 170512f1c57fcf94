"""The limit on the memory that a job's processes hold together, checked several times a second.

Memory that belongs to no process, such as unmapped memory files, shows only in what the machine has left.
If an allocation is faster than the next check, the kernel kills the job first (see process_limits.py).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from .faults import ResourceShortage, UserFault

CHECK_INTERVAL_SECONDS = 0.2
SCAN_SECONDS = 2.0
RESERVE_BYTES = 128 * 1024**2


def processes_of_home(home: Path) -> list[psutil.Process]:
    """Return the processes that were started with this HOME, whatever their parent is now."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME") == str(home):
                found.append(process)
    return found


def kill_all(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def resident_bytes(processes: Sequence[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def proportional_bytes(processes: Sequence[psutil.Process]) -> int:
    """Return the memory of processes with shared pages counted once, where permissions allow it; slow."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            try:
                total += process.memory_full_info().pss
            except psutil.AccessDenied:
                total += process.memory_info().rss
    return total


def oom_kill_count() -> int:
    """Return how many processes the kernel has killed on this machine for lack of memory."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


class MemoryGuard:
    """Enforces a limit on a process and its descendants.

    home  HOME of a job that is not isolated, by which processes that left the tree are found
    """

    def __init__(self, pid: int, *, limit_bytes: int, home: Path | None = None) -> None:
        self.process = psutil.Process(pid)
        self.limit_bytes = limit_bytes
        self.home = home
        self._detached: list[psutil.Process] = []
        self._next = self._next_scan = 0.0

    def check(self) -> None:
        """Check the limit if the last check is long enough ago.

        raises  UserFault if the job holds too much, ResourceShortage if the machine is nearly out of memory
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + CHECK_INTERVAL_SECONDS
        processes = self.process_tree(now)
        is_over = resident_bytes(processes) > self.limit_bytes
        if is_over and (len(processes) == 1 or proportional_bytes(processes) > self.limit_bytes):
            raise memory_exceeded(self.limit_bytes)
        if psutil.virtual_memory().available < RESERVE_BYTES:
            raise ResourceShortage("memory_full", "The worker's machine is nearly out of memory.")

    def process_tree(self, now: float) -> list[psutil.Process]:
        """Return the job's processes, each once."""
        found = [self.process]
        with contextlib.suppress(psutil.Error):
            found += self.process.children(recursive=True)
        if self.home and now >= self._next_scan:
            self._next_scan = now + SCAN_SECONDS
            self._detached = processes_of_home(self.home)
        return list({process.pid: process for process in (*found, *self._detached)}.values())


def memory_exceeded(limit_bytes: int) -> UserFault:
    message = f"The job needs more than {limit_bytes // 1024**2} MiB of memory. Use a smaller batch or model."
    return UserFault("memory_exceeded", message)
