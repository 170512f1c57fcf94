"""Two versions of a text as runs of words that stayed, came or went; bounded for hostile texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

LINES_LIMIT, WORDS_LIMIT = 2_000, 600
# a Han or kana character is a word of its own
_WORD = re.compile(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+|\s+|.", re.DOTALL)


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Run:
    change: Change
    text: str


def text_differences(old: str, new: str) -> list[Run]:
    """Return the runs that lead from an old text to a new one.

    Lines are compared first, then the words of lines that differ; past the limits they count as replaced.
    """
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return _joined(_compared(before, after, LINES_LIMIT, by_words=True))


def _compared(
    before: Sequence[str], after: Sequence[str], limit: int, *, by_words: bool = False
) -> Iterator[Run]:
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    yield Run(Change.SAME, "".join(before[:head]))
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    if max(len(left), len(right)) > limit:
        yield from _replaced(left, right)
    else:
        for name, start, end, other_start, other_end in SequenceMatcher(None, left, right).get_opcodes():
            old, new = left[start:end], right[other_start:other_end]
            if name == "equal":
                yield Run(Change.SAME, "".join(old))
            elif by_words:
                words = _WORD.findall("".join(old)), _WORD.findall("".join(new))
                yield from _compared(*words, WORDS_LIMIT)
            else:
                yield from _replaced(old, new)
    yield Run(Change.SAME, "".join(before[len(before) - tail :]))


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    yield Run(Change.REMOVED, "".join(old))
    yield Run(Change.ADDED, "".join(new))


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    shortest = min(len(before), len(after))
    return next((at for at in range(shortest) if before[at] != after[at]), shortest)


def _joined(runs: Iterator[Run]) -> list[Run]:
    """Return the runs without empty ones, and with neighbors of one kind as one."""
    found: list[Run] = []
    for run in runs:
        if found and found[-1].change == run.change:
            found[-1] = Run(run.change, found[-1].text + run.text)
        elif run.text:
            found.append(run)
    return found
