"""Matches the paths of a repository against patterns, by the rules of fsspec's `glob`.

`*`, `?` and `[…]` stay within one part of a path; `**` is a part of its own and matches any number of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import lru_cache
from glob import has_magic
from itertools import takewhile
from pathlib import PurePosixPath

# of a part of a path with a part of a pattern; each takes about a microsecond at most
COMPARISONS_LIMIT = 1_500_000
# what inferring splits costs for each part of a path
INFERENCE_COMPARISONS = 10


class TooManyComparisons(Exception):
    """The configurations of one dataset cost more comparisons than the limit."""


class Files:
    """The sorted paths of a repository, which may be searched up to a limit.

    The first inference counts little, as every dataset may need one.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._comparisons_left = COMPARISONS_LIMIT
        self._has_inferred = False

    def below(self, folder: str) -> Sequence[str]:
        """Return the paths below a folder, or all for "", to infer splits from.

        raises  TooManyComparisons
        """
        paths = self._starting_with(f"{folder}/") if folder else self.paths
        self._count(paths, INFERENCE_COMPARISONS if self._has_inferred else 1)
        self._has_inferred = True
        return paths

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
        self._count(candidates, len(parts))
        return [path for path in candidates if is_match(path, parts)]

    def _count(self, paths: Sequence[str], comparisons: int) -> None:
        """Count comparisons for each part of the paths (raises TooManyComparisons)."""
        self._comparisons_left -= comparisons * _parts_in(paths)
        if self._comparisons_left < 0:
            raise TooManyComparisons

    def _starting_with(self, prefix: str) -> Sequence[str]:
        if not prefix:
            return self.paths
        return self.paths[bisect_left(self.paths, prefix) : bisect_left(self.paths, prefix[:-1] + "0")]


def _parts_in(paths: Iterable[str]) -> int:
    return sum(path.count("/") + 1 for path in paths)


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
