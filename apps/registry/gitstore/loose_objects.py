"""Writing loose objects while packing removes the folders that it has emptied."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")
TRIES = 5
GONE = "No such file or directory"


def retry_on_missing_dir(write: Callable[[], Made]) -> Made:
    """Return the result of a write, retried if packing removed an object's folder before its file was
    created.

    write   safe to repeat, as writes by content are
    raises  OSError for anything else
    """
    for _ in range(TRIES - 1):
        try:
            return write()
        except OSError as error:
            if GONE not in str(error):
                raise
    return write()
