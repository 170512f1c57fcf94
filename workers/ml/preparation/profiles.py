"""What columns hold: types, missing values, lengths and the most frequent values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Dataset

from .languages import language_of
from .parts import batches, text_of
from .texts import holds_text, is_text, texts_in

COLUMNS_LIMIT = 200
DISTINCT_ROWS = 1_000_000
VALUES_SHOWN = 5
VALUE_CHARACTERS = 40
CLASSES_LIMIT = 50
LANGUAGE_ROWS = 2000
KIND_CHARACTERS = 60


@dataclass(slots=True)
class ColumnProfile:
    """One column of all splits.

    missing   rows without a value or with an empty text
    distinct  number of different values, None if it was not counted
    shortest, mean, longest  characters of the texts, or the smallest, mean and largest number; None without
    characters  of all texts, 0 without
    frequent  the most frequent values of a column with few, and how often they occur
    """

    name: str
    kind: str
    rows: int = 0
    missing: int = 0
    distinct: int | None = None
    shortest: float | None = None
    mean: float | None = None
    longest: float | None = None
    characters: int = 0
    frequent: tuple[tuple[str, int], ...] = ()


def profile_columns(splits: Sequence[Dataset]) -> list[ColumnProfile]:
    """Return the columns of all splits, in the order of the first one that has each."""
    names = dict.fromkeys(name for split in splits for name in split.column_names)
    return [
        profile_column(name, [split.select_columns([name]) for split in splits if name in split.column_names])
        for name in list(names)[:COLUMNS_LIMIT]
    ]


def profile_column(name: str, splits: Sequence[Dataset]) -> ColumnProfile:
    feature = splits[0].features[name]
    kind = splits[0].features.arrow_schema.field(name).type
    found = ColumnProfile(name, "class" if isinstance(feature, ClassLabel) else str(kind)[:KIND_CHARACTERS])
    found.rows = sum(len(split) for split in splits)
    sizes = Sizes()
    counts: Counter[Any] = Counter()
    is_counted = found.rows <= DISTINCT_ROWS and not pa.types.is_nested(kind)
    for split in splits:
        for batch in batches(split):
            values = batch.column(name)
            found.missing += missing(values)
            sizes.add(values)
            if is_counted:
                counts.update(dict(zip(*counted(values), strict=True)))
    found.shortest, found.mean, found.longest = sizes.low, sizes.mean, sizes.high
    found.characters = int(sizes.total) if holds_text(kind) else 0
    if is_counted:
        counts.pop(None, None)
        found.distinct = len(counts)
        if len(counts) <= CLASSES_LIMIT and not any(isinstance(one, tuple) for one in counts):
            found.frequent = tuple((shown(feature, one), times) for one, times in most_common(counts))
    return found


def counted(values: pa.ChunkedArray) -> tuple[list[Any], list[int]]:
    """Return the different values and how often each occurs; of long ones only a hash, to count them."""
    found = pc.value_counts(values)
    return [short(one.as_py()) for one in found.field("values")], found.field("counts").to_pylist()


def short(value: Any) -> Any:
    return (hash(value),) if isinstance(value, str | bytes) and len(value) > VALUE_CHARACTERS else value


def most_common(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """Return the most frequent values, equally frequent ones in a stable order."""
    return sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))[:VALUES_SHOWN]


def shown(feature: Any, value: Any) -> str:
    if isinstance(feature, ClassLabel) and isinstance(value, int) and 0 <= value < len(feature.names):
        return str(feature.names[value])[:VALUE_CHARACTERS]
    return str(value)[:VALUE_CHARACTERS]


def missing(values: pa.ChunkedArray) -> int:
    empty = pc.is_null(values, nan_is_null=True)
    if is_text(values.type):
        empty = pc.or_(empty, pc.equal(pc.fill_null(pc.utf8_trim_whitespace(values), ""), ""))
    return int(pc.sum(empty).as_py() or 0)


class Sizes:
    """Characters of texts, or numbers: the least, the mean and the largest."""

    def __init__(self) -> None:
        self.low: float | None = None
        self.high: float | None = None
        self.total, self._count = 0.0, 0

    @property
    def mean(self) -> float | None:
        return round(self.total / self._count, 2) if self._count else None

    def add(self, values: pa.ChunkedArray) -> None:
        numbers = sizes_of(values)
        if numbers is None or not len(numbers):
            return
        bounds = pc.min_max(numbers).as_py()
        self.low = bounds["min"] if self.low is None else min(self.low, bounds["min"])
        self.high = bounds["max"] if self.high is None else max(self.high, bounds["max"])
        self.total += float(pc.sum(numbers).as_py())
        self._count += len(numbers)


def sizes_of(values: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array | None:
    """Return the characters of texts, or finite numbers; None for other values."""
    kind = values.type
    if is_text(kind):
        return pc.utf8_length(values.drop_null())
    if pa.types.is_integer(kind):
        return values.drop_null()
    if pa.types.is_floating(kind):
        numbers = values.cast(pa.float64()).drop_null()
        return numbers.filter(pc.is_finite(numbers))
    if holds_text(kind):
        return pa.array([sum(map(len, texts_in(one))) for one in values.to_pylist()], pa.int64())
    return None


def count_languages(splits: Sequence[tuple[Dataset, Sequence[str]]]) -> Counter[str]:
    """Return how many of an even sample of LANGUAGE_ROWS rows are in each language."""
    total = sum(len(split) for split, _columns in splits)
    step = max(1, total // LANGUAGE_ROWS)
    return Counter(language_of(text) for text in sampled_texts(splits, step))


def sampled_texts(splits: Iterable[tuple[Dataset, Sequence[str]]], step: int) -> Iterator[str]:
    for split, columns in splits:
        for batch in batches(split.select_columns(list(columns)).select(range(0, len(split), step))):
            for row in batch.to_pylist():
                yield text_of(row, columns)
