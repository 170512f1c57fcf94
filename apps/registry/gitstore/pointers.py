"""LFS pointers: the text that git stores in place of large files."""

from __future__ import annotations

import re

from .values import LfsPointer

POINTER_LIMIT_BYTES = 1024
POINTER_TEXT = "version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n"
FIRST_LINE = re.compile(rb"\Aversion https?://(git-lfs\.github\.com|hawser\.github\.com)/spec/")
OID = re.compile(rb"^oid sha256:([0-9a-f]{64})\r?$", re.M)
SIZE = re.compile(rb"^size (\d{1,18})\r?$", re.M)


def pointer_text(sha256: str, size: int) -> bytes:
    return POINTER_TEXT.format(oid=sha256, size=size).encode()


def parse_pointer(data: bytes) -> LfsPointer | None:
    """Parse a blob as a pointer; None if it is an ordinary file.

    source  https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    if len(data) > POINTER_LIMIT_BYTES or not FIRST_LINE.match(data):
        return None
    oid, size = OID.search(data), SIZE.search(data)
    if oid is None or size is None:
        return None
    return LfsPointer(oid[1].decode(), int(size[1]), len(data))
