"""Files out of xorbs: terms, the part of them that a byte range needs, and their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .codec import unpack_run
from .hashes import to_text
from .xorb import XorbIndex

# A run of about half a MiB stays in the processor's cache, and many readers at once in little memory.
RUN_CHUNKS = 8

STORED_TERM = np.dtype([("xorb", "V32"), ("length", "<u4"), ("start", "<u4"), ("end", "<u4")])
Rows = np.ndarray[Any, Any]
IndexOf = Callable[[str], XorbIndex]
ReadXorb = Callable[[str, int, int], bytes]


@dataclass(frozen=True, slots=True)
class Term:
    """Chunks `start` to before `end` of a xorb (text form), `length` bytes once unpacked."""

    xorb: str
    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class ChunkRange:
    """Chunks of a xorb and where their records lie in its body: bytes `first` to `last`, both included."""

    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How to rebuild bytes of a file.

    skip    bytes to drop from what the first term unpacks to
    terms   in file order
    ranges  xorb -> chunk ranges, sorted, apart from one another; each term lies inside one
    """

    skip: int
    terms: list[Term]
    ranges: dict[str, list[ChunkRange]]


class TermList:
    """The terms of a file as they are stored: 44 bytes each."""

    def __init__(self, data: bytes) -> None:
        self.rows: Rows = np.frombuffer(data, STORED_TERM)
        self.ends = np.cumsum(self.rows["length"], dtype=np.int64)

    @property
    def size(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def term(self, number: int) -> Term:
        row = self.rows[number]
        return Term(to_text(row["xorb"].tobytes()), int(row["start"]), int(row["end"]), int(row["length"]))

    def between(self, start: int, end: int) -> Iterator[tuple[int, Term]]:
        """Yield (offset in the file, term) of every term that has bytes in [start, end)."""
        number = int(np.searchsorted(self.ends, start, side="right"))
        while number < len(self.rows):
            offset = int(self.ends[number - 1]) if number else 0
            if offset >= end:
                return
            yield offset, self.term(number)
            number += 1


def stored_terms(rows: Rows) -> bytes:
    """Return a shard's term rows as 44 bytes each."""
    stored = np.zeros(len(rows), STORED_TERM)
    for name in STORED_TERM.names or ():
        stored[name] = rows[name]
    return stored.tobytes()


def clip(term: Term, offset: int, start: int, end: int, index: XorbIndex) -> tuple[int, Term]:
    """Drop the chunks of a term that have no byte in [start, end) of the file.

    offset   where the term begins in the file
    returns  where the rest begins in the file, and the rest
    """
    base = index.raw_at(term.start) - offset
    ends = index.raw[term.start : term.end]
    first = term.start + int(np.searchsorted(ends, start + base, side="right"))
    last = min(term.end, term.start + int(np.searchsorted(ends, end + base, side="left")) + 1)
    first = max(term.start, min(first, last - 1))
    return index.raw_at(first) - base, Term(term.xorb, first, last, index.raw_length(first, last))


def plan(terms: TermList, start: int, end: int, index_of: IndexOf) -> Plan:
    """Return what a client must fetch to rebuild the bytes [start, end) of a file."""
    kept: list[Term] = []
    skip = 0
    for offset, term in terms.between(start, end):
        if offset < start or offset + term.length > end:
            offset, term = clip(term, offset, start, end, index_of(term.xorb))
        skip = max(0, start - offset) if not kept else skip
        kept.append(term)
    return Plan(skip, kept, _ranges(kept, index_of))


def _ranges(terms: Iterable[Term], index_of: IndexOf) -> dict[str, list[ChunkRange]]:
    """Merge the chunk ranges of each xorb where they touch or overlap."""
    wanted: dict[str, list[tuple[int, int]]] = {}
    for term in terms:
        wanted.setdefault(term.xorb, []).append((term.start, term.end))
    return {xorb: [_located(index_of(xorb), *pair) for pair in _merged(pairs)] for xorb, pairs in wanted.items()}


def _merged(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(pairs):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _located(index: XorbIndex, start: int, end: int) -> ChunkRange:
    return ChunkRange(start, end, index.stored_at(start), index.stored_at(end) - 1)


def rebuild(terms: TermList, start: int, end: int, *, index_of: IndexOf, read: ReadXorb, run: int = RUN_CHUNKS) -> Iterator[bytes]:
    """Yield the bytes [start, end) of a file, at most `run` chunks (128 KiB each) in memory at a time.

    read    (xorb, first byte, byte after the last) -> those bytes of its stored body
    """
    for offset, term in terms.between(start, end):
        index = index_of(term.xorb)
        begin, kept = clip(term, offset, start, end, index)
        for first in range(kept.start, kept.end, run):
            last = min(first + run, kept.end)
            chunks = unpack_run(read(term.xorb, index.stored_at(first), index.stored_at(last)), index.raw_length(first, last))
            low, high = max(0, start - begin), min(len(chunks), end - begin)
            yield chunks[low:high]
            begin += len(chunks)
