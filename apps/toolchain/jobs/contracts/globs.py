"""Matches the paths of a repository against patterns, by the rules of fsspec's `glob`.

`*`, `?` and `[…]` stay within one part of a path; `**` is a part of its own and matches any number of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache
from glob import has_magic
from itertools import takewhile
from pathlib import PurePosixPath

COMPARISONS_LIMIT = 500_000


class TooManyComparisons(ValueError):
    """The patterns of one dataset cost more than COMPARISONS_LIMIT comparisons."""


class Files:
    """The sorted paths of a repository, which may be searched up to a limit."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._comparisons = 0

    def below(self, folder: str) -> Sequence[str]:
        """Return the paths below a folder, or all for ""."""
        return self._starting_with(f"{folder}/") if folder else self.paths

    def matching(self, pattern: str) -> list[str]:
        """Return the paths that match a pattern, without hidden ones that it does not ask for.

        raises  TooManyComparisons, ValueError for a `**` within a name
        """
        if not has_magic(pattern):
            place = bisect_left(self.paths, pattern)
            return [pattern] if self.paths[place : place + 1] == [pattern] else []
        parts = PurePosixPath(pattern).parts
        if any("**" in part and part != "**" for part in parts):
            raise ValueError("** within a name")
        literal = "".join(f"{part}/" for part in takewhile(lambda part: not has_magic(part), parts))
        candidates = self._starting_with(literal)
        self._comparisons += len(candidates)
        if self._comparisons > COMPARISONS_LIMIT:
            raise TooManyComparisons
        return [path for path in candidates if is_match(path, parts)]

    def _starting_with(self, prefix: str) -> Sequence[str]:
        if not prefix:
            return self.paths
        return self.paths[bisect_left(self.paths, prefix) : bisect_left(self.paths, prefix[:-1] + "0")]


def is_match(path: str, pattern: Sequence[str]) -> bool:
    parts = path.split("/")
    return _counts(parts) == _counts(pattern) and _matches(parts, pattern)


def _counts(parts: Sequence[str]) -> tuple[int, int]:
    """Return the number of hidden parts and of special folders; a match asks for as many as it has."""
    return sum(part.startswith(".") for part in parts), sum(part.startswith("__") for part in parts[:-1])


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Match part by part; `reached` holds the numbers of parts that the pattern so far can cover."""
    reached = {0}
    for place, wanted in enumerate(pattern, 1):
        if wanted == "**":
            at_least = 1 if place == len(pattern) else 0
            reached = set(range(min(reached) + at_least, len(parts) + 1))
        else:
            matches = _part(wanted).match
            reached = {count + 1 for count in reached if count < len(parts) and matches(parts[count])}
        if not reached:
            return False
    return len(parts) in reached


@lru_cache(maxsize=512)
def _part(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))
