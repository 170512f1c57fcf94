"""One process at a time runs or restores the instance in a data folder."""

from __future__ import annotations

import fcntl
import os
from typing import IO

from ecosystem import env

# names the backup whose restore has begun and not ended
UNFINISHED_RESTORE = env.DATA_DIR / "restore.unfinished"


class InstanceInUse(Exception):
    """Another process runs or restores the instance; the text is a sentence for the operator."""


def lock_instance() -> IO[str]:
    """Lock the data folder for as long as the returned file is open.

    raises  InstanceInUse
    """
    lock = (env.DATA_DIR / "instance.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        raise InstanceInUse(
            f"Another instance (process {owner}) is using the data folder {env.DATA_DIR}."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
