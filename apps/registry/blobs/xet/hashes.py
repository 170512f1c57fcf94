"""The hashes of Xet: chunks, Merkle trees, proofs of possession, and their text form."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

from blake3 import blake3

HASH_BYTES = 32
DATA_KEY = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
RANGE_KEY = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
ZERO = bytes(HASH_BYTES)

TEXT_FORM = re.compile(r"[0-9a-f]{64}")
GROUP_LEAST, GROUP_MOST = 3, 9


def to_text(raw: bytes) -> str:
    """Return the text form of 32 raw bytes: each 8-byte group reversed, then hex."""
    return "%016x%016x%016x%016x" % struct.unpack("<4Q", raw)


def to_raw(text: str) -> bytes:
    """Return the 32 raw bytes of a text form; of a SHA-256 in hex, its form inside a shard.

    raises  ValueError if it is not 64 lowercase hex digits
    """
    if not TEXT_FORM.fullmatch(text):
        raise ValueError("not a hash: 64 lowercase hex digits were expected")
    return struct.pack("<4Q", *(int(text[start : start + 16], 16) for start in (0, 16, 32, 48)))


def chunk_hash(data: bytes | bytearray | memoryview) -> bytes:
    """Return the hash of a chunk's uncompressed bytes."""
    return blake3(data, key=DATA_KEY).digest()


def keyed_hash(hash: bytes, key: bytes) -> bytes:
    """Return a chunk hash as a deduplication reply shows it: recognizable only with the chunk at hand."""
    return blake3(hash, key=key).digest()


def range_hash(hashes: bytes | memoryview) -> bytes:
    """Return the proof of knowing every chunk of a term.

    hashes  the raw chunk hashes, concatenated
    """
    return blake3(hashes, key=RANGE_KEY).digest()


def is_global_chunk(hash: bytes) -> bool:
    """Return whether clients look this chunk up across uploads: its last 64-bit word is divisible by 1024."""
    return (hash[24] | hash[25] << 8) & 1023 == 0


class MerkleTree:
    """An incremental Merkle tree over (hash, size) leaves; memory grows with its height only."""

    def __init__(self) -> None:
        self._levels: list[list[tuple[bytes, int]]] = [[]]
        self._counts: list[int] = [0]

    def add(self, hash: bytes, size: int) -> None:
        self._put(0, hash, size)

    def _put(self, level: int, hash: bytes, size: int) -> None:
        if level == len(self._levels):
            self._levels.append([])
            self._counts.append(0)
        group = self._levels[level]
        group.append((hash, size))
        self._counts[level] += 1
        if len(group) == GROUP_MOST or (len(group) >= GROUP_LEAST and hash[24] & 3 == 0):
            self._close(level)

    def _close(self, level: int) -> None:
        group = self._levels[level]
        self._levels[level] = []
        text = "".join(f"{to_text(hash)} : {size}\n" for hash, size in group)
        self._put(level + 1, blake3(text.encode(), key=NODE_KEY).digest(), sum(size for _, size in group))

    def root(self) -> bytes:
        """Close the tree and return its root; 32 zero bytes if it has no leaf."""
        level = 0
        while level < len(self._levels):
            if self._counts[level] == 1 and self._levels[level]:
                return self._levels[level][0][0]
            if self._levels[level]:
                self._close(level)
            level += 1
        return ZERO


def tree_hash(leaves: Iterable[tuple[bytes, int]]) -> bytes:
    """Return the Merkle root of (hash, size) leaves: the hash of a xorb with these chunks."""
    tree = MerkleTree()
    for hash, size in leaves:
        tree.add(hash, size)
    return tree.root()


def finish_file_hash(root: bytes) -> bytes:
    """Return the hash of a file whose chunk tree has this root; the empty file keeps 32 zero bytes."""
    return ZERO if root == ZERO else blake3(root, key=ZERO).digest()
