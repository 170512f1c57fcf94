"""Free disk space: a clear refusal when the disk is full, and a reserve for the database and logs."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext_noop as _

from .declaration import declared
from .errors import Refusal

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
LEAST_BYTES = 1 << 20
WORDS = ("No space left on device", "Disk quota exceeded")


class DiskFull(Refusal):
    status: ClassVar[int] = 507
    code = "DiskFull"
    default = _("The site's disk is full. Nothing was stored. An administrator has to free up space.")


def check_free_space(folder: Path | str, needed_bytes: int = 0) -> None:
    """Refuse a write that would use up the reserve (DISK_RESERVE_MIB) of a folder's file system.

    raises  DiskFull
    """
    if free_bytes(folder) - needed_bytes < settings.DISK_RESERVE_BYTES:
        raise DiskFull


def free_bytes(folder: Path | str) -> int:
    """Return the free bytes of a folder's file system; the folder need not exist yet."""
    path = Path(folder)
    while not path.exists():
        path = path.parent
    facts = os.statvfs(path)
    return facts.f_bavail * facts.f_frsize


def find_disk_full(error: BaseException) -> DiskFull | None:
    """Return the refusal if an error or its cause means a full disk, here or at the database."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, DiskFull):
            return cause
        if (isinstance(cause, OSError) and cause.errno in FULL) or means_disk_full(
            f"{cause} {getattr(cause, 'stderr', '')}"
        ):
            return DiskFull()
        if any(
            isinstance(cause, known.kind) and free_bytes(known.folder()) < LEAST_BYTES
            for known in declared().disk_full_errors
        ):
            return DiskFull()
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return None


def means_disk_full(text: str) -> bool:
    return any(words in text for words in WORDS)
