"""Stored content by hash: plain blobs, xorbs, and files rebuilt from xorbs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from apps.core.objects.errors import MissingBytes
from apps.core.objects.stores import object_store

from .keys import blob_key, index_key, xorb_key
from .xet.reconstruct import RUN_CHUNKS, TermList, rebuild
from .xet.xorb import CHUNKS_LIMIT, XorbIndex, index_bytes

INDEX_LIMIT_BYTES = index_bytes(CHUNKS_LIMIT)


@lru_cache(maxsize=256)
def xorb_index(hash: str) -> XorbIndex:
    """Return the index of a stored xorb; 256 full ones take about 10 MiB.

    raises  MissingBytes if it is not stored
    """
    store, key = object_store(), index_key(hash)
    try:
        return XorbIndex.from_bytes(store.read(key, 0, store.size(key) or INDEX_LIMIT_BYTES))
    except ValueError:  # truncated by a power cut
        raise MissingBytes(key) from None


def read_xorb(hash: str, start: int, end: int) -> bytes:
    return object_store().read(xorb_key(hash), start, end)


def blob_blocks(sha256: str, start: int, end: int) -> Iterator[bytes]:
    """Yield bytes [start, end) of a plain blob."""
    return object_store().stream(blob_key(sha256), start, end)


def file_blocks(terms: bytes | memoryview, start: int, end: int, *, run: int = RUN_CHUNKS) -> Iterator[bytes]:
    """Yield bytes [start, end) of a file that is stored as terms, `run` chunks at a time."""
    return rebuild(TermList(bytes(terms)), start, end, index_of=xorb_index, read=read_xorb, run=run)
