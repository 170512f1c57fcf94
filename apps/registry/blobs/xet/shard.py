"""Shards: the binary format in which clients register files and deduplication is answered."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from .errors import MalformedShard
from .hashes import HASH_BYTES, keyed_hash, to_text
from .xorb import CHUNKS_LIMIT, XorbIndex

SHARD_LIMIT_BYTES = 80 << 20
FILES_LIMIT = 100_000
ENTRY_BYTES = 48
FOOTER_BYTES = 200
TAG = b"HFRepoMetaData\x00" + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
VERSION = 2
HAS_PROOFS, HAS_SHA256 = 1 << 31, 1 << 30
BOOKEND = b"\xff" * HASH_BYTES + bytes(16)


class ShardTerm(NamedTuple):
    """Chunks [start, end) of a xorb, `length` bytes uncompressed."""

    xorb: bytes
    flags: int
    length: int
    start: int
    end: int


class ShardProof(NamedTuple):
    """The range hash of a term's chunks."""

    hash: bytes
    unused: bytes


class ShardChunk(NamedTuple):
    """A chunk of a xorb; `start` is where it begins in the uncompressed data."""

    hash: bytes
    start: int
    length: int
    flags: int
    unused: int


Row = TypeVar("Row", ShardTerm, ShardProof, ShardChunk)
FORMS: dict[type[Any], struct.Struct] = {
    ShardTerm: struct.Struct("<32s4I"),
    ShardProof: struct.Struct("<32s16s"),
    ShardChunk: struct.Struct("<32s4I"),
}


class Rows(Generic[Row]):
    """Entries of one form, decoded on access, so that a large shard is never held in memory as objects."""

    def __init__(self, form: type[Row], data: memoryview) -> None:
        self.form: type[Row] = form
        self.data = data

    def __len__(self) -> int:
        return len(self.data) // ENTRY_BYTES

    def __getitem__(self, number: int) -> Row:
        return self.form(*FORMS[self.form].unpack_from(self.data, number * ENTRY_BYTES))

    def __iter__(self) -> Iterator[Row]:
        return map(self.form._make, FORMS[self.form].iter_unpack(self.data))


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A file as claimed by the client.

    proofs  one per term, or None if the client sent none
    sha256  hex, or None
    """

    hash: bytes
    terms: Rows[ShardTerm]
    proofs: Rows[ShardProof] | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ShardXorb:
    """A xorb as claimed by the client."""

    hash: bytes
    raw_size: int
    chunks: Rows[ShardChunk]


@dataclass(frozen=True, slots=True)
class Shard:
    files: list[ShardFile]
    xorbs: list[ShardXorb]


class _Cursor:
    """A bounds-checked cursor over the bytes of a shard."""

    def __init__(self, buffer: Any) -> None:
        self.buffer, self.offset = memoryview(buffer), 0

    def entry(self) -> bytes:
        return bytes(self._take(1))

    def rows(self, form: type[Row], count: int) -> Rows[Row]:
        """Return the next rows.

        raises  MalformedShard if fewer than `count` are left
        """
        return Rows(form, self._take(count))

    def _take(self, count: int) -> memoryview:
        taken = self.buffer[self.offset : self.offset + count * ENTRY_BYTES]
        if len(taken) < count * ENTRY_BYTES:
            raise MalformedShard("The shard is shorter than its counts say.")
        self.offset += len(taken)
        return taken


def read_shard(buffer: Any) -> Shard:
    """Read an uploaded shard up to its second bookend; lookup tables and footer are ignored.

    buffer  bytes or a memory map; the rows of the result point into it
    raises  MalformedShard
    """
    cursor = _Cursor(buffer)
    header = cursor.entry()
    if header[:32] != TAG or struct.unpack_from("<Q", header, 32)[0] != VERSION:
        raise MalformedShard("This is not a shard of version 2.")
    files: list[ShardFile] = []
    while (entry := cursor.entry())[:HASH_BYTES] != BOOKEND[:HASH_BYTES]:
        if len(files) == FILES_LIMIT:
            raise MalformedShard(f"A shard registers at most {FILES_LIMIT} files.")
        files.append(_read_file(cursor, entry))
    xorbs: list[ShardXorb] = []
    while (entry := cursor.entry())[:HASH_BYTES] != BOOKEND[:HASH_BYTES]:
        xorbs.append(_read_xorb(cursor, entry))
    return Shard(files, xorbs)


def _read_file(cursor: _Cursor, entry: bytes) -> ShardFile:
    flags, count = struct.unpack_from("<II", entry, HASH_BYTES)
    terms = cursor.rows(ShardTerm, count)
    proofs = cursor.rows(ShardProof, count) if flags & HAS_PROOFS else None
    sha256 = to_text(cursor.entry()[:HASH_BYTES]) if flags & HAS_SHA256 else None
    return ShardFile(entry[:HASH_BYTES], terms, proofs, sha256)


def _read_xorb(cursor: _Cursor, entry: bytes) -> ShardXorb:
    _, count, raw_size, _ = struct.unpack_from("<IIII", entry, HASH_BYTES)
    if not 1 <= count <= CHUNKS_LIMIT:
        raise MalformedShard("A xorb contains between 1 and 8192 chunks.")
    return ShardXorb(entry[:HASH_BYTES], raw_size, cursor.rows(ShardChunk, count))


def dedup_shard(xorbs: Sequence[tuple[bytes, XorbIndex]], *, key: bytes, now: int, seconds: int) -> bytes:
    """Return a shard in which a client recognizes the chunks that it has itself, and no others.

    xorbs    hash and index of each
    key      32 bytes; chunk hashes are keyed with it
    now      unix seconds
    seconds  how long the client may cache it
    """
    keyed = [[keyed_hash(index.hash_at(number), key) for number in range(index.count)] for _, index in xorbs]
    file_section = ENTRY_BYTES
    xorb_section = file_section + ENTRY_BYTES
    body = (
        b"".join(
            _xorb_entries(hash, index, hashes) for (hash, index), hashes in zip(xorbs, keyed, strict=True)
        )
        + BOOKEND
    )
    xorb_table, chunk_table = _lookup_tables([hash for hash, _ in xorbs], keyed)
    xorb_lookup = xorb_section + len(body)
    chunk_lookup = xorb_lookup + len(xorb_table)
    footer = chunk_lookup + len(chunk_table)
    chunk_count = sum(map(len, keyed))
    lookups = (xorb_lookup, 0, xorb_lookup, len(xorbs), chunk_lookup, chunk_count)
    sizes = (sum(index.size for _, index in xorbs), 0, sum(index.raw_size for _, index in xorbs))
    tail = (
        struct.pack("<9Q", 1, file_section, xorb_section, *lookups)
        + key
        + struct.pack("<2Q", now, now + seconds)
        + bytes(48)
    )
    header = TAG + struct.pack("<2Q", VERSION, FOOTER_BYTES)
    return header + BOOKEND + body + xorb_table + chunk_table + tail + struct.pack("<4Q", *sizes, footer)


def _xorb_entries(hash: bytes, index: XorbIndex, keyed: list[bytes]) -> bytes:
    form, sizes = FORMS[ShardChunk], (size for _, size in index.leaves(0, index.count))
    rows = (
        form.pack(chunk, index.raw_at(number), size, 0, 0)
        for number, (chunk, size) in enumerate(zip(keyed, sizes, strict=True))
    )
    return hash + struct.pack("<4I", 0, index.count, index.raw_size, index.size) + b"".join(rows)


def _lookup_tables(hashes: list[bytes], keyed: list[list[bytes]]) -> tuple[bytes, bytes]:
    """Return the xorb table (u64, u32) and the chunk table (u64, u32, u32), sorted by the first word of the
    hash.
    """
    xorb_rows, chunk_rows, position = [], [], 0
    for hash, chunks in zip(hashes, keyed, strict=True):
        xorb_rows.append((int.from_bytes(hash[:8], "little"), position))
        chunk_rows += [
            (int.from_bytes(chunk[:8], "little"), position, number) for number, chunk in enumerate(chunks)
        ]
        position += 1 + len(chunks)
    xorb_table = b"".join(struct.pack("<QI", *row) for row in sorted(xorb_rows))
    return xorb_table, b"".join(struct.pack("<QII", *row) for row in sorted(chunk_rows))
