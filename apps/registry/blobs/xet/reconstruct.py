"""Rebuilding files from xorbs: terms, the chunks that a byte range needs, and their bytes."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from .codec import unpack_run
from .hashes import to_text
from .shard import ShardTerm
from .xorb import XorbIndex

# about half a MiB, which stays in the CPU cache
RUN_CHUNKS = 8

STORED_TERM = struct.Struct("<32s3I")
IndexOf = Callable[[str], XorbIndex]
ReadXorb = Callable[[str, int, int], bytes]


@dataclass(frozen=True, slots=True)
class Term:
    """Chunks [start, end) of a xorb (text form), `length` bytes uncompressed."""

    xorb: str
    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class ChunkRange:
    """Chunks of a xorb, and their records in its body: bytes `first` to `last`, inclusive."""

    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How to rebuild bytes of a file.

    skip    bytes to drop from the start of the first term
    terms   in file order
    ranges  xorb -> sorted, disjoint chunk ranges; each term lies inside one
    """

    skip: int
    terms: list[Term]
    ranges: dict[str, list[ChunkRange]]


class TermList:
    """The terms of a file as stored: 44 bytes each."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.ends = array("Q", accumulate(length for _, length, _, _ in STORED_TERM.iter_unpack(data)))

    @property
    def size(self) -> int:
        return self.ends[-1] if self.ends else 0

    def term(self, number: int) -> Term:
        xorb, length, start, end = STORED_TERM.unpack_from(self.data, number * STORED_TERM.size)
        return Term(to_text(xorb), start, end, length)

    def between(self, start: int, end: int) -> Iterator[tuple[int, Term]]:
        """Yield (offset in the file, term) for every term that overlaps [start, end)."""
        number = bisect_right(self.ends, start)
        while number < len(self.ends):
            offset = self.ends[number - 1] if number else 0
            if offset >= end:
                return
            yield offset, self.term(number)
            number += 1


def stored_terms(terms: Iterable[ShardTerm]) -> bytes:
    """Return a shard's terms as 44 bytes each."""
    return b"".join(STORED_TERM.pack(term.xorb, term.length, term.start, term.end) for term in terms)


def clip(term: Term, offset: int, start: int, end: int, index: XorbIndex) -> tuple[int, Term]:
    """Drop the chunks of a term outside [start, end) of the file.

    offset   where the term begins in the file
    returns  the remaining term and where it begins
    """
    base = index.raw_at(term.start) - offset
    first = bisect_right(index.raw, start + base, term.start, term.end)
    last = min(term.end, bisect_left(index.raw, end + base, term.start, term.end) + 1)
    first = max(term.start, min(first, last - 1))
    return index.raw_at(first) - base, Term(term.xorb, first, last, index.raw_length(first, last))


def plan(terms: TermList, start: int, end: int, index_of: IndexOf) -> Plan:
    """Return what a client must fetch to rebuild bytes [start, end) of a file."""
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
    return {
        xorb: [_located(index_of(xorb), *pair) for pair in _merged(pairs)] for xorb, pairs in wanted.items()
    }


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


def rebuild(
    terms: TermList, start: int, end: int, *, index_of: IndexOf, read: ReadXorb, run: int = RUN_CHUNKS
) -> Iterator[bytes]:
    """Yield bytes [start, end) of a file, with at most `run` chunks (128 KiB each) in memory.

    read    (xorb, start, end) -> bytes [start, end) of its stored body
    """
    for offset, term in terms.between(start, end):
        index = index_of(term.xorb)
        begin, kept = clip(term, offset, start, end, index)
        for first in range(kept.start, kept.end, run):
            last = min(first + run, kept.end)
            chunks = unpack_run(
                read(term.xorb, index.stored_at(first), index.stored_at(last)), index.raw_length(first, last)
            )
            low, high = max(0, start - begin), min(len(chunks), end - begin)
            yield chunks[low:high]
            begin += len(chunks)
