"""Writing loose objects beside packing, which removes the folders that it emptied."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")
TRIES = 5
GONE = "No such file or directory"


def retry_on_missing_dir(write: Callable[[], Made]) -> Made:
    """Return what a write of objects returns; it is made again if the folder of an object went in the moment before its file came.

    write   may safely run twice, as writing by content does
    raises  OSError for anything else
    """
    for _ in range(TRIES - 1):
        try:
            return write()
        except OSError as error:
            if GONE not in str(error):
                raise
    return write()
