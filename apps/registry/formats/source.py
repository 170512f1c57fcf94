"""Range reads of a file, wherever it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class Unreadable(Exception):
    """The file does not have the format of its extension or exceeds a limit; the message is shown."""


@dataclass(frozen=True, slots=True)
class Source:
    """An immutable file.

    key   sha256 of a large file, blob id of a regular one
    read  returns the bytes from `start` up to `end`, fewer at the end of the file
    """

    key: str
    size: int
    read: Callable[[int, int], bytes]


def source_of_bytes(key: str, data: bytes) -> Source:
    return Source(key, len(data), lambda start, end: data[start:end])
