"""The limit on a job's disk usage, and the free space that the machine keeps in reserve."""

from __future__ import annotations

import os
import time
from pathlib import Path
from shutil import disk_usage

from .faults import ResourceShortage, UserFault

MIB, GIB = 1024**2, 1024**3
CHECK_INTERVAL_SECONDS = 1.0
FILES_LIMIT = 200_000
NEARLY_ALL_SHARE = 0.9
# a job that used this much has had a fair share of the disk, whatever its limit is
FAIR_BYTES = 10 * GIB


def folder_usage(root: Path) -> tuple[int, int]:
    """Return disk usage in bytes and the number of entries of a folder; counting stops beyond FILES_LIMIT.

    raises  UserFault if the job made a folder in it unreadable
    """
    total = files = 0
    waiting = [str(root)]
    while waiting and files <= FILES_LIMIT:
        try:
            entries = os.scandir(waiting.pop())
        except PermissionError:
            raise UserFault("disk_exceeded", "The job made part of its folder unreadable.") from None
        except OSError:
            continue
        with entries:
            for entry in entries:
                files += 1
                try:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                except OSError:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return total, files


def has_free_space(folder: Path, reserve_bytes: int) -> bool:
    """Return whether the folder's disk has more free space than the reserve."""
    folder.mkdir(parents=True, exist_ok=True)
    return disk_usage(folder).free > reserve_bytes


class DiskGuard:
    """Enforces the disk limit of one job.

    Files that were deleted while open cannot be seen; they only reduce the free space of the machine.
    """

    def __init__(self, folder: Path, *, limit_bytes: int, reserve_bytes: int) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self.reserve_bytes = reserve_bytes
        folder.mkdir(parents=True, exist_ok=True)
        used, _files = folder_usage(folder)
        self.available_bytes = max(0, disk_usage(folder).free + used - reserve_bytes)
        self._next = 0.0

    def check(self) -> None:
        """Check the limit now and then, less often where scanning is slow (raises as check_now)."""
        began = time.monotonic()
        if began >= self._next:
            self.check_now()
            self._next = time.monotonic() + max(CHECK_INTERVAL_SECONDS, 5 * (time.monotonic() - began))

    def check_now(self) -> None:
        """Check the limit.

        raises  UserFault if the job uses too much, ResourceShortage if something else has filled the disk
        """
        used, files = folder_usage(self.folder)
        if files > FILES_LIMIT:
            raise UserFault("disk_exceeded", f"The job created more than {FILES_LIMIT:,} files.")
        if used > self.limit_bytes:
            raise too_large(used, self.limit_bytes)
        free = disk_usage(self.folder).free
        if free > self.reserve_bytes:
            return
        had_fair_share = self.available_bytes >= min(self.limit_bytes, FAIR_BYTES)
        if had_fair_share and used > NEARLY_ALL_SHARE * self.available_bytes:
            raise too_large(used, self.available_bytes)
        raise disk_full(free, self.reserve_bytes)


def too_large(used: int, limit: int) -> UserFault:
    message = f"The job used {size(used)} of disk space; the limit on this worker is {size(limit)}."
    return UserFault("disk_exceeded", message)


def disk_full(free: int, reserve: int) -> ResourceShortage:
    message = f"The worker's disk has {size(free)} left, of which {size(reserve)} are reserved."
    return ResourceShortage("disk_full", message)


def size(count: int) -> str:
    """Format a number of bytes for people."""
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / MIB:.0f} MiB"
