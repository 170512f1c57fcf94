"""Removes leftovers of killed processes from disk."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from itertools import chain
from pathlib import Path

from django.conf import settings

SPOOL_AGE = timedelta(days=1)


def sweep_spool(*, age: timedelta = SPOOL_AGE) -> int:
    """Remove old spool files and half-created or half-deleted repositories; return how many.

    age  longer than any commit takes
    """
    oldest = time.time() - age.total_seconds()
    paths = chain(Path(settings.SPOOL_ROOT).glob("*"), Path(settings.REPOSITORIES_ROOT).glob("*/.*.git.*"))
    stale = [path for path in paths if _is_older(path, oldest)]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(stale)


def _is_older(path: Path, oldest: float) -> bool:
    """Return whether a path was last changed before a time; False if it is gone."""
    try:
        return path.lstat().st_mtime < oldest
    except FileNotFoundError:
        return False
