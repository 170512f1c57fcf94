"""Xorbs and shards for tests, valid or malformed."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

import lz4.frame

from apps.registry.blobs.xet.hashes import (
    chunk_hash,
    finish_file_hash,
    range_hash,
    to_raw,
    to_text,
    tree_hash,
)
from apps.registry.blobs.xet.shard import BOOKEND, HAS_PROOFS, HAS_SHA256, TAG


def noise_bytes(count: int) -> bytes:
    """Return the first bytes of sha256(0) + sha256(1) + …, which are reproducible noise."""
    blocks = (hashlib.sha256(struct.pack("<Q", number)).digest() for number in range(count // 32 + 1))
    return b"".join(blocks)[:count]


def group_bytes(data: bytes) -> bytes:
    return data[0::4] + data[1::4] + data[2::4] + data[3::4]


def record(
    data: bytes, scheme: int = 0, *, packed: bytes | None = None, version: int = 0, length: int | None = None
) -> bytes:
    """Return one chunk record; the keyword arguments make it malformed."""
    if packed is None:
        plain = group_bytes(data) if scheme == 2 else data
        packed = plain if scheme == 0 else lz4.frame.compress(plain, store_size=False)
    size = len(data) if length is None else length
    return (
        bytes([version])
        + len(packed).to_bytes(3, "little")
        + bytes([scheme])
        + size.to_bytes(3, "little")
        + packed
    )


@dataclass
class SampleXorb:
    """A xorb of chunks, each with its compression scheme (default 0)."""

    chunks: list[bytes]
    schemes: list[int] = field(default_factory=list)

    @property
    def leaves(self) -> list[tuple[bytes, int]]:
        return [(chunk_hash(chunk), len(chunk)) for chunk in self.chunks]

    @property
    def hash(self) -> bytes:
        return tree_hash(self.leaves)

    @property
    def text(self) -> str:
        return to_text(self.hash)

    @property
    def body(self) -> bytes:
        schemes = self.schemes or [0] * len(self.chunks)
        return b"".join(record(chunk, scheme) for chunk, scheme in zip(self.chunks, schemes, strict=True))


def split_chunks(data: bytes, size: int = 65536) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@dataclass
class SampleTerm:
    xorb: SampleXorb
    start: int
    end: int

    @property
    def chunks(self) -> list[bytes]:
        return self.xorb.chunks[self.start : self.end]

    @property
    def leaves(self) -> list[tuple[bytes, int]]:
        return self.xorb.leaves[self.start : self.end]


@dataclass
class SampleFile:
    """A file of terms; fields that are not None replace the true values in its shard.

    lengths  byte counts of the terms
    proofs   range hashes of the terms; [] sends none
    sha256   hex; "" sends none
    """

    terms: list[SampleTerm]
    claimed_hash: bytes | None = None
    lengths: list[int] | None = None
    proofs: list[bytes] | None = None
    sha256: str | None = None

    @classmethod
    def whole(cls, xorb: SampleXorb, **claims) -> SampleFile:
        return cls([SampleTerm(xorb, 0, len(xorb.chunks))], **claims)

    @property
    def data(self) -> bytes:
        return b"".join(chunk for term in self.terms for chunk in term.chunks)

    @property
    def oid(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def hash(self) -> bytes:
        return finish_file_hash(tree_hash(leaf for term in self.terms for leaf in term.leaves))

    @property
    def text(self) -> str:
        return to_text(self.hash)

    def entries(self) -> bytes:
        lengths = self.lengths or [sum(map(len, term.chunks)) for term in self.terms]
        proofs = (
            self.proofs
            if self.proofs is not None
            else [range_hash(b"".join(h for h, _ in term.leaves)) for term in self.terms]
        )
        oid = self.oid if self.sha256 is None else self.sha256
        flags = (HAS_PROOFS if proofs else 0) | (HAS_SHA256 if oid else 0)
        out = (self.claimed_hash or self.hash) + struct.pack("<IIQ", flags, len(self.terms), 0)
        for term, length in zip(self.terms, lengths, strict=True):
            out += term.xorb.hash + struct.pack("<4I", 0, length, term.start, term.end)
        out += b"".join(proof + bytes(16) for proof in proofs)
        return out + (to_raw(oid) + bytes(16) if oid else b"")


def xorb_entries(xorb: SampleXorb) -> bytes:
    out = xorb.hash + struct.pack("<4I", 0, len(xorb.chunks), sum(map(len, xorb.chunks)), 0)
    start = 0
    for hash, size in xorb.leaves:
        out += hash + struct.pack("<4I", start, size, 0, 0)
        start += size
    return out


def a_shard(files: list[SampleFile], xorbs: list[SampleXorb] | None = None) -> bytes:
    """Return a shard as current clients send it, without a footer."""
    header = TAG + struct.pack("<2Q", 2, 0)
    return (
        header
        + b"".join(f.entries() for f in files)
        + BOOKEND
        + b"".join(map(xorb_entries, xorbs or []))
        + BOOKEND
    )
