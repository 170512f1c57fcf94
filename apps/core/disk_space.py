"""Room on the disk: a clear refusal where it is full, and a reserve that the database and the logs go on with."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext_noop as _

from .errors import Refusal

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
LEAST_BYTES = 1 << 20
WORDS = ("No space left on device", "Disk quota exceeded")

_unexplained: list[tuple[type[BaseException], Callable[[], Path | str]]] = []


class DiskFull(Refusal):
    status: ClassVar[int] = 507
    code = "OutOfRoom"
    default = _("The disk of this site is full. Nothing was stored; its operator has to make room.")


def check_free_space(folder: Path | str, needed_bytes: int = 0) -> None:
    """Refuse to begin with what would eat the reserve (DISK_RESERVE_MIB) of a folder's file system.

    raises  OutOfRoom
    """
    if free_bytes(folder) - needed_bytes < settings.DISK_RESERVE_BYTES:
        raise DiskFull


def free_bytes(folder: Path | str) -> int:
    """Return what may still be written to the file system of a folder, which need not be there yet."""
    path = Path(folder)
    while not path.exists():
        path = path.parent
    facts = os.statvfs(path)
    return facts.f_bavail * facts.f_frsize


def register_unexplained(kind: type[BaseException], folder: Callable[[], Path | str]) -> None:
    """Declare an error of a library that does not always say why it could not write.

    folder  returns where the library writes; without space there, the error means a full disk
    """
    if all(known is not kind for known, _folder in _unexplained):
        _unexplained.append((kind, folder))


def find_disk_full(error: BaseException) -> DiskFull | None:
    """Return the refusal that an error stands for, if it says that a disk is full: ours, a child process's, or the database's."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, DiskFull):
            return seen
        if (isinstance(seen, OSError) and seen.errno in FULL) or means_disk_full(
            f"{seen} {getattr(seen, 'stderr', '')}"
        ):
            return DiskFull()
        if any(
            isinstance(seen, kind) and free_bytes(folder()) < LEAST_BYTES for kind, folder in _unexplained
        ):
            return DiskFull()
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return None


def means_disk_full(text: str) -> bool:
    return any(words in text for words in WORDS)
