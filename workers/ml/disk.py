"""The disk that a job may take, and what the machine keeps for everybody else."""

from __future__ import annotations

import os
import time
from pathlib import Path
from shutil import disk_usage

from .faults import NoRoom, YourFault

MIB, GIB = 1024**2, 1024**3
EVERY_SECONDS = 1.0
FILES_LIMIT = 200_000
NEARLY_ALL = 0.9
# a job that filled so much itself has had its share of a disk, whatever the limit says
FAIR_BYTES = 10 * GIB


def folder_use(root: Path) -> tuple[int, int]:
    """Return the bytes on disk and the number of entries of a folder; the count stops beyond FILES_LIMIT.

    raises  YourFault for a folder in it that cannot be looked into
    """
    total = files = 0
    waiting = [str(root)]
    while waiting and files <= FILES_LIMIT:
        try:
            entries = os.scandir(waiting.pop())
        except PermissionError:
            raise YourFault("disk_exceeded", "The job hid a part of its folder.") from None
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


def has_room(folder: Path, reserve_bytes: int) -> bool:
    """Return whether more than the reserve is free on the disk of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return disk_usage(folder).free > reserve_bytes


class DiskGuard:
    """Holds one job to its share of the disk.

    Not seen: files that a process holds open without a name. They count only as room that is missing on the machine.
    """

    def __init__(self, folder: Path, *, limit_bytes: int, reserve_bytes: int) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self.reserve_bytes = reserve_bytes
        folder.mkdir(parents=True, exist_ok=True)
        used, _files = folder_use(folder)
        self.room_bytes = max(0, disk_usage(folder).free + used - reserve_bytes)
        self._next = 0.0

    def check(self) -> None:
        """Look once in a while, more seldom where looking takes long (raises as check_now)."""
        began = time.monotonic()
        if began >= self._next:
            self.check_now()
            self._next = time.monotonic() + max(EVERY_SECONDS, 5 * (time.monotonic() - began))

    def check_now(self) -> None:
        """Compare what the job takes with what it may.

        raises  YourFault if it takes too much, NoRoom if others have filled the disk
        """
        used, files = folder_use(self.folder)
        if files > FILES_LIMIT:
            raise YourFault("disk_exceeded", f"The job made more than {FILES_LIMIT:,} files.")
        if used > self.limit_bytes:
            raise too_large(used, self.limit_bytes)
        free = disk_usage(self.folder).free
        if free > self.reserve_bytes:
            return
        if used > NEARLY_ALL * self.room_bytes >= NEARLY_ALL * min(self.limit_bytes, FAIR_BYTES):
            raise too_large(used, self.room_bytes)
        raise disk_full(free, self.reserve_bytes)


def too_large(used: int, allowed: int) -> YourFault:
    return YourFault(
        "disk_exceeded", f"The job took {size(used)} of disk; a job here may take {size(allowed)}."
    )


def disk_full(free: int, reserve: int) -> NoRoom:
    return NoRoom(
        "disk_full", f"The worker's disk has {size(free)} left, and {size(reserve)} of it are kept free."
    )


def size(count: int) -> str:
    """Return bytes as people read them."""
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / MIB:.0f} MiB"
