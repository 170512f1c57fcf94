"""Shards: the binary form in which clients register files, and in which deduplication is answered."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

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

TERM = np.dtype([("xorb", "V32"), ("flags", "<u4"), ("length", "<u4"), ("start", "<u4"), ("end", "<u4")])
PROOF = np.dtype([("hash", "V32"), ("unused", "V16")])
CHUNK = np.dtype([("hash", "V32"), ("start", "<u4"), ("length", "<u4"), ("flags", "<u4"), ("unused", "<u4")])
Rows = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A file as the client claims it.

    terms   rows of TERM
    proofs  rows of PROOF, one per term, or None if the client sent none
    sha256  hex, or None
    """

    hash: bytes
    terms: Rows
    proofs: Rows | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ShardXorb:
    """A xorb as the client claims it; `chunks` are rows of CHUNK."""

    hash: bytes
    raw_size: int
    chunks: Rows


@dataclass(frozen=True, slots=True)
class Shard:
    files: list[ShardFile]
    xorbs: list[ShardXorb]


class _Walk:
    """A position in the bytes of a shard that never leaves them."""

    def __init__(self, buffer: Any) -> None:
        self.buffer, self.offset, self.size = buffer, 0, len(buffer)

    def entry(self) -> bytes:
        return bytes(self.rows(np.dtype("V48"), 1)[0].tobytes())

    def rows(self, form: np.dtype[Any], count: int) -> Rows:
        """raises  MalformedShard if fewer than `count` rows are left"""
        if count > (self.size - self.offset) // form.itemsize:
            raise MalformedShard("The shard is shorter than its counts say.")
        rows = np.frombuffer(self.buffer, form, count, self.offset)
        self.offset += count * form.itemsize
        return rows


def read_shard(buffer: Any) -> Shard:
    """Read an uploaded shard up to its second bookend; lookup tables and footer are ignored.

    buffer  bytes or a memory map; the rows of the result point into it
    raises  MalformedShard
    """
    walk = _Walk(buffer)
    header = walk.entry()
    if header[:32] != TAG or struct.unpack_from("<Q", header, 32)[0] != VERSION:
        raise MalformedShard("This is not a shard of version 2.")
    files: list[ShardFile] = []
    while (entry := walk.entry())[:HASH_BYTES] != BOOKEND[:HASH_BYTES]:
        if len(files) == FILES_LIMIT:
            raise MalformedShard(f"A shard registers at most {FILES_LIMIT} files.")
        files.append(_read_file(walk, entry))
    xorbs: list[ShardXorb] = []
    while (entry := walk.entry())[:HASH_BYTES] != BOOKEND[:HASH_BYTES]:
        xorbs.append(_read_xorb(walk, entry))
    return Shard(files, xorbs)


def _read_file(walk: _Walk, entry: bytes) -> ShardFile:
    flags, count = struct.unpack_from("<II", entry, HASH_BYTES)
    terms = walk.rows(TERM, count)
    proofs = walk.rows(PROOF, count) if flags & HAS_PROOFS else None
    sha256 = to_text(walk.entry()[:HASH_BYTES]) if flags & HAS_SHA256 else None
    return ShardFile(entry[:HASH_BYTES], terms, proofs, sha256)


def _read_xorb(walk: _Walk, entry: bytes) -> ShardXorb:
    _, count, raw_size, _ = struct.unpack_from("<IIII", entry, HASH_BYTES)
    if not 1 <= count <= CHUNKS_LIMIT:
        raise MalformedShard("A xorb holds between 1 and 8192 chunks.")
    return ShardXorb(entry[:HASH_BYTES], raw_size, walk.rows(CHUNK, count))


def dedup_shard(xorbs: Sequence[tuple[bytes, XorbIndex]], *, key: bytes, now: int, seconds: int) -> bytes:
    """Return a shard that lets a client recognise chunks that it holds itself, and no others.

    xorbs    hash and index of each
    key      32 bytes; every chunk hash is shown keyed by it
    now      unix seconds
    seconds  how long the client may remember it
    """
    keyed = [[keyed_hash(index.hash_at(number), key) for number in range(index.count)] for _, index in xorbs]
    file_section = ENTRY_BYTES
    xorb_section = file_section + ENTRY_BYTES
    body = b"".join(_xorb_entries(hash, index, hashes) for (hash, index), hashes in zip(xorbs, keyed, strict=True)) + BOOKEND
    xorb_table, chunk_table = _lookup_tables([hash for hash, _ in xorbs], keyed)
    xorb_lookup = xorb_section + len(body)
    chunk_lookup = xorb_lookup + len(xorb_table)
    footer = chunk_lookup + len(chunk_table)
    chunk_count = sum(map(len, keyed))
    lookups = (xorb_lookup, 0, xorb_lookup, len(xorbs), chunk_lookup, chunk_count)
    sizes = (sum(index.size for _, index in xorbs), 0, sum(index.raw_size for _, index in xorbs))
    tail = struct.pack("<9Q", 1, file_section, xorb_section, *lookups) + key + struct.pack("<2Q", now, now + seconds) + bytes(48)
    header = TAG + struct.pack("<2Q", VERSION, FOOTER_BYTES)
    return header + BOOKEND + body + xorb_table + chunk_table + tail + struct.pack("<4Q", *sizes, footer)


def _xorb_entries(hash: bytes, index: XorbIndex, keyed: list[bytes]) -> bytes:
    starts = np.concatenate(([0], index.raw[:-1])).astype("<u4")
    rows = np.zeros(index.count, CHUNK)
    rows["hash"] = np.frombuffer(b"".join(keyed), "V32")
    rows["start"], rows["length"] = starts, index.raw - starts
    return hash + struct.pack("<4I", 0, index.count, index.raw_size, index.size) + rows.tobytes()


def _lookup_tables(hashes: list[bytes], keyed: list[list[bytes]]) -> tuple[bytes, bytes]:
    """Return the xorb table (u64, u32) and the chunk table (u64, u32, u32), sorted by the first word of the hash."""
    xorb_rows, chunk_rows, position = [], [], 0
    for hash, chunks in zip(hashes, keyed, strict=True):
        xorb_rows.append((int.from_bytes(hash[:8], "little"), position))
        chunk_rows += [(int.from_bytes(chunk[:8], "little"), position, number) for number, chunk in enumerate(chunks)]
        position += 1 + len(chunks)
    xorb_table = b"".join(struct.pack("<QI", *row) for row in sorted(xorb_rows))
    return xorb_table, b"".join(struct.pack("<QII", *row) for row in sorted(chunk_rows))
