"""Rows whose texts are the same or nearly the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from datasketch import MinHash, MinHashLSH
from xxhash import xxh32_intdigest

from .texts import key_of, words_of

SHINGLE = 5
PERMUTATIONS = 128
SHINGLES_AT_ONCE = 8192
CHARACTERS_COMPARED = 200_000
CANDIDATES_LIMIT = 100
# Candidates are looked for at a lower similarity, since each is compared in full: of pairs just as similar as
# wanted, 0.988 (at 0.6) to 0.998 (at 0.8) are found, of more similar ones nearly all.
CANDIDATE_SHARE, WEIGHTS = 0.85, (0.1, 0.9)
# memory of an indexed row, as measured
ROW_BYTES = 7000
# four standard deviations of a similarity that is estimated from PERMUTATIONS hashes
ESTIMATE_ERROR = 0.15


class Place(NamedTuple):
    """A row: the number of its part, and its own."""

    part: int
    row: int


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier row with the same text, or a similar one. similarity: 1 if only case and spaces differ"""

    place: Place
    similarity: float
    is_same: bool


class TextIndex:
    """Texts that were seen, to find which of them another one repeats.

    text_at     returns the text of an indexed row
    similarity  least share of the parts of both texts that both have; None to find the same texts only
    seed        of the hash functions
    """

    def __init__(self, text_at: Callable[[Place], str], *, similarity: float | None, seed: int) -> None:
        self._text_at, self._similarity = text_at, similarity
        self._same: dict[bytes, Place] = {}
        if similarity is not None:
            self._similar = MinHashLSH(CANDIDATE_SHARE * similarity, PERMUTATIONS, weights=WEIGHTS)
            self._sketches: dict[Place, np.ndarray] = {}
            self._empty = MinHash(PERMUTATIONS, seed=seed, hashfunc=xxh32_intdigest)

    def match(self, text: str) -> Match | None:
        """Return the row that a text repeats."""
        found = self._same.get(key_of(text))
        if found or self._similarity is None:
            return Match(found, 1.0, True) if found else None
        parts = shingles(text)
        return self._closest(parts, self._sketch(parts), part=-1)

    def match_or_add(self, text: str, place: Place) -> Match | None:
        """Return the row that a text repeats, of another part if there is one; else index it."""
        key = key_of(text)
        if key in self._same:
            return Match(self._same[key], 1.0, True)
        if self._similarity is not None:
            parts = shingles(text)
            sketch = self._sketch(parts)
            if found := self._closest(parts, sketch, part=place.part):
                return found
            self._similar.insert(place, sketch, check_duplication=False)
            self._sketches[place] = sketch.hashvalues
        self._same[key] = place
        return None

    def _sketch(self, parts: set[str]) -> MinHash:
        sketch, encoded = self._empty.copy(), [part.encode("utf-8", "surrogatepass") for part in parts]
        for start in range(0, len(encoded), SHINGLES_AT_ONCE):
            sketch.update_batch(encoded[start : start + SHINGLES_AT_ONCE])
        return sketch

    def _closest(self, parts: set[str], sketch: MinHash, *, part: int) -> Match | None:
        """Return the most similar candidate, of other parts first and the earliest of equal ones."""
        best: tuple[bool, float] = (False, 0.0)
        found: Match | None = None
        wanted = self._similarity or 0.0
        for place in self._candidates(sketch, wanted - ESTIMATE_ERROR):
            similarity = jaccard(parts, shingles(self._text_at(place)))
            rank = (place.part != part, similarity)
            if similarity >= wanted and (found is None or rank > best):
                best, found = rank, Match(place, similarity, False)
        return found

    def _candidates(self, sketch: MinHash, least: float) -> list[Place]:
        """Return the first indexed rows whose estimated similarity is not too low."""
        close = (
            place
            for place in sorted(self._similar.query(sketch))
            if np.count_nonzero(self._sketches[place] == sketch.hashvalues) >= least * PERMUTATIONS
        )
        return list(islice(close, CANDIDATES_LIMIT))


def shingles(text: str) -> set[str]:
    """Return the parts of SHINGLE characters of a text's words."""
    words = words_of(text[:CHARACTERS_COMPARED])
    return {words[start : start + SHINGLE] for start in range(max(1, len(words) - SHINGLE + 1))}


def jaccard(one: set[str], other: set[str]) -> float:
    """Return the share of parts that are in both."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
