"""What a training would make of rows, before it is ordered: problems, lengths, repetitions and previews."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..messages import Message
from .dialogs import Example, RowError, Turn
from .tokens import example_tokens

PROBLEMS_LIMIT, PREVIEWS_LIMIT = 50, 3
# upper bounds of the histogram's bars, in tokens; the last bar has none
BUCKETS = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands. line: of a text file, or number of the row in other files, from 1"""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row. code: stable; message: English, translated when it is shown"""

    place: Place
    code: str
    message: Message | str


@dataclass(slots=True)
class DataCheck:
    """What was found in rows.

    rows        number of rows that were read
    good        number of rows that can be learned from
    problems    the first PROBLEMS_LIMIT; `counts` has all, by code
    repeated    number of rows that repeat an earlier one
    truncated   number of rows that are longer than the limit, in estimated tokens
    unlearned   number of those that lose their answers by that
    histogram   rows by estimated tokens, one number for each of BUCKETS and one beyond
    previews    the first rows as they are read
    """

    rows: int = 0
    good: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    truncated: int = 0
    unlearned: int = 0
    tokens: int = 0
    learned_tokens: int = 0
    longest: int = 0
    histogram: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    previews: list[tuple[Place, Example]] = field(default_factory=list)

    @property
    def bad(self) -> int:
        return self.rows - self.good

    def add_problem(self, place: Place, error: RowError) -> None:
        self.rows += 1
        self.counts[error.code] = self.counts.get(error.code, 0) + 1
        if len(self.problems) < PROBLEMS_LIMIT:
            self.problems.append(RowProblem(place, error.code, error.message))

    def add(self, place: Place, example: Example, *, max_length: int, is_repeated: bool) -> None:
        tokens, learned = example_tokens(example)
        self.rows += 1
        self.good += 1
        self.repeated += is_repeated
        self.tokens += min(tokens, max_length)
        self.learned_tokens += learned
        self.longest = max(self.longest, tokens)
        self.truncated += tokens > max_length
        self.unlearned += tokens - learned >= max_length
        self.histogram[next((place for place, top in enumerate(BUCKETS) if tokens <= top), len(BUCKETS))] += 1
        if len(self.previews) < PREVIEWS_LIMIT:
            self.previews.append((place, example))


def check_rows(
    rows: Iterable[tuple[Place, Mapping[str, Any] | RowError]],
    read: Callable[[Mapping[str, Any]], Example],
    *,
    max_length: int,
) -> DataCheck:
    """Read rows as a training would.

    rows        each with its place, or what is wrong with its line
    read        raises RowError
    max_length  in tokens, beyond which a training cuts
    """
    found, seen = DataCheck(), set[bytes]()
    for place, row in rows:
        try:
            if isinstance(row, RowError):
                raise row
            example = read(row)
        except RowError as error:
            found.add_problem(place, error)
            continue
        key = digest(example.dialog + example.rejected)
        found.add(place, example, max_length=max_length, is_repeated=key in seen)
        seen.add(key)
    return found


def digest(dialog: Iterable[Turn]) -> bytes:
    """Return a key of what is said, without regard to case and spaces."""
    said = "\0".join(f"{one.role}:{' '.join(one.text.casefold().split())}" for one in dialog)
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=12).digest()
