"""Xorbs: containers of chunks, verified as they arrive, and their index."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from .codec import HEADER_BYTES, read_record, unpack
from .errors import MalformedXorb
from .hashes import HASH_BYTES, chunk_hash, tree_hash

CHUNKS_LIMIT = 8192
RAW_LIMIT_BYTES = 64 << 20
BODY_LIMIT_BYTES = 68 << 20
FOOTER_TAG = b"XETBLOB"


def offsets(data: bytes | Iterable[int]) -> array[int]:
    """Return u32 numbers from numbers or little-endian bytes."""
    numbers = array("I", data)
    if sys.byteorder == "big" and isinstance(data, bytes):
        numbers.byteswap()
    return numbers


def _little_endian(numbers: array[int]) -> bytes:
    return numbers.tobytes() if sys.byteorder == "little" else struct.pack(f"<{len(numbers)}I", *numbers)


def index_bytes(count: int) -> int:
    """Return the size of the stored index of `count` chunks."""
    return 4 + count * (HASH_BYTES + 8)


@dataclass(frozen=True, slots=True)
class XorbIndex:
    """The contents of a verified xorb.

    hashes  n raw chunk hashes, 32 bytes each
    ends    where each record ends in the stored body, headers included (n)
    raw     where each chunk ends in the uncompressed data (n)
    """

    hashes: bytes
    ends: array[int]
    raw: array[int]

    @property
    def count(self) -> int:
        return len(self.ends)

    @property
    def size(self) -> int:
        """Bytes of the stored body."""
        return self.ends[-1]

    @property
    def raw_size(self) -> int:
        return self.raw[-1]

    def stored_at(self, chunk: int) -> int:
        """Where a chunk's record begins in the body; the body's end for chunk n."""
        return self.ends[chunk - 1] if chunk else 0

    def raw_at(self, chunk: int) -> int:
        """Where a chunk begins in the uncompressed data; its size for chunk n."""
        return self.raw[chunk - 1] if chunk else 0

    def raw_length(self, start: int, end: int) -> int:
        return self.raw_at(end) - self.raw_at(start)

    def hash_at(self, chunk: int) -> bytes:
        return self.hashes[chunk * HASH_BYTES : (chunk + 1) * HASH_BYTES]

    def hashes_of(self, start: int, end: int) -> memoryview:
        return memoryview(self.hashes)[start * HASH_BYTES : end * HASH_BYTES]

    def leaves(self, start: int, end: int) -> list[tuple[bytes, int]]:
        """Return (hash, size) of the chunks in [start, end)."""
        bounds = [self.raw_at(start), *self.raw[start:end].tolist()]
        return [
            (self.hash_at(start + number), bounds[number + 1] - bounds[number])
            for number in range(end - start)
        ]

    def to_bytes(self) -> bytes:
        """Return u32 n, the hashes, the stored ends and the raw ends, little-endian."""
        return (
            struct.pack("<I", self.count) + self.hashes + _little_endian(self.ends) + _little_endian(self.raw)
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> XorbIndex:
        """Parse what to_bytes returned.

        raises  ValueError if the length does not match the count
        """
        count = int.from_bytes(data[:4], "little")
        if len(data) != index_bytes(count):
            raise ValueError(f"The index of {count} chunks is {len(data)} bytes long.")
        ends = 4 + count * HASH_BYTES
        raw = ends + count * 4
        return cls(data[4:ends], offsets(data[ends:raw]), offsets(data[raw : raw + count * 4]))


class XorbReader:
    """Verifies a xorb's body block by block, with one record in memory at a time.

    body_bytes  end of the last whole record; what follows (the footer of old clients) is discarded
    """

    def __init__(self) -> None:
        self.body_bytes = 0
        self._pending = bytearray()
        self._has_footer = False
        self._hashes = bytearray()
        self._ends: list[int] = []
        self._raw: list[int] = [0]

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the body.

        raises  MalformedXorb
        """
        rest = memoryview(block)
        while self._pending and rest and not self._has_footer:
            rest = rest[self._complete(rest) :]
        if not self._has_footer:
            self._pending += rest[self._walk(rest) :]

    def _complete(self, rest: memoryview) -> int:
        """Complete the header or record that the last block ended in; return how many bytes were used."""
        so_far = len(self._pending)
        missing = (HEADER_BYTES if so_far < HEADER_BYTES else read_record(self._pending, 0).total) - so_far
        self._pending += rest[:missing]
        with memoryview(self._pending) as buffer:
            used = self._walk(buffer)
        del self._pending[:used]
        return min(missing, len(rest))

    def _walk(self, buffer: memoryview) -> int:
        offset = 0
        while len(buffer) - offset >= HEADER_BYTES:
            if buffer[offset : offset + len(FOOTER_TAG)] == FOOTER_TAG:
                self._has_footer = True
                return len(buffer)
            record = read_record(buffer, offset)
            if len(buffer) - offset < record.total:
                break
            with buffer[offset + HEADER_BYTES : offset + record.total] as payload:
                self._take(chunk_hash(unpack(record, payload)), record.total, record.length)
            offset += record.total
        return offset

    def _take(self, hash: bytes, total: int, length: int) -> None:
        self._hashes += hash
        self.body_bytes += total
        self._ends.append(self.body_bytes)
        self._raw.append(self._raw[-1] + length)
        if len(self._ends) > CHUNKS_LIMIT or self._raw[-1] > RAW_LIMIT_BYTES:
            raise MalformedXorb("A xorb contains at most 8192 chunks and 64 MiB of data.")

    def finish(self) -> tuple[bytes, XorbIndex]:
        """Return the xorb's hash and index.

        raises  MalformedXorb if the body ended inside a record or had no chunks
        """
        if not self._ends or (self._pending and not self._has_footer):
            raise MalformedXorb("The xorb ends inside a chunk.")
        index = XorbIndex(bytes(self._hashes), offsets(self._ends), offsets(self._raw[1:]))
        return tree_hash(index.leaves(0, index.count)), index
