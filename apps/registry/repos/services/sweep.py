"""Removing what broken commits left on disk."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

SPOOL_AGE = timedelta(days=1)


def sweep_spool(*, age: timedelta = SPOOL_AGE) -> int:
    """Remove spooled files older than any commit takes, such as those of a process that was killed; return how many."""
    root, oldest = Path(settings.SPOOL_ROOT), time.time() - age.total_seconds()
    stale = [path for path in root.glob("*") if path.stat().st_mtime < oldest] if root.is_dir() else []
    for path in stale:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(stale)
