"""Kind and distribution of the columns of a data file, from its first rows."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.cache import CachedValue
from apps.core.text.formatting import thousands

from ..source import Source
from .rows import read_rows
from .table import Position, Table

SAMPLE_ROWS = 200
BINS = 10
CLASSES_LIMIT = 12
# name, kind and measured values of each column
Sample = list[tuple[str, str, list[float] | list[int] | list[str]]]
SAMPLES = CachedValue("summary", Sample, seconds=24 * 3600)
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a column.

    kind    text, integer, number, boolean, list, object, time, bytes or empty
    counts  heights of the bars, with their titles
    words   caption, such as `2 values` or `3 – 140 characters`
    """

    name: str
    kind: str
    counts: list[int] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    words: str = ""
    is_number: bool = False
    is_class: bool = False


def summaries_of(source: Source, format_name: str) -> list[Summary]:
    """Return the column summaries of a file from its first rows, cached by content.

    raises  Unreadable
    """
    kept = SAMPLES.get(format_name, source.key)
    if kept is None:
        kept = sample_of(read_rows(source, format_name, Position(), SAMPLE_ROWS))
        SAMPLES.set(kept, format_name, source.key)
    return [summarize(name, kind, values) for name, kind, values in kept]


def sample_of(table: Table) -> Sample:
    """Return name, kind and measured values of each column."""
    kinds = table.kinds or [""] * len(table.columns)
    found = []
    for place, name in enumerate(table.columns):
        values = [row[place] for row in table.rows if row[place] is not None and row[place] != ""]
        kind = kinds[place] or kind_of(values)
        found.append((name, kind, _measure(kind, values)))
    return found


def kind_of(values: Sequence[Any]) -> str:
    """Return the kind of values, which may be numbers as text as in CSV."""
    if not values:
        return "empty"
    types = {type(value) for value in values}
    if types == {str}:
        if all(INTEGER.fullmatch(value.strip()) for value in values):
            return "integer"
        if all(NUMBER.fullmatch(value.strip()) for value in values):
            return "number"
        return "boolean" if {value.strip().lower() for value in values} <= {"true", "false"} else "text"
    if types <= {bool}:
        return "boolean"
    if types <= {int}:
        return "integer"
    if types <= {int, float}:
        return "number"
    if types <= {list}:
        return "list"
    return "object" if types <= {dict} else "text"


def _measure(kind: str, values: Sequence[Any]) -> list[float] | list[int] | list[str]:
    """Return numbers as they are, few distinct texts as labels, and others by length."""
    if kind in ("integer", "number"):
        return [number for number in map(_as_number, values) if number is not None]
    if kind in ("list", "object"):
        return [len(value) for value in values if isinstance(value, list | dict)]
    if kind == "bytes":
        return []
    words = [str(value) for value in values]
    if len(set(words)) <= CLASSES_LIMIT and all(len(word) <= 60 for word in words):
        return words
    return [len(word) for word in words]


def _as_number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def summarize(name: str, kind: str, values: list[Any]) -> Summary:
    """Return the summary of a column from its measured values."""
    is_number = kind in ("integer", "number")
    if not values:
        return Summary(name, kind, is_number=is_number)
    distinct = sorted(set(values))
    is_class = isinstance(values[0], str) or (kind == "integer" and len(distinct) <= CLASSES_LIMIT)
    if is_class:
        counted = Counter(values)
        labels = [word if isinstance(word, str) else f"{word:g}" for word in distinct]
        words = ngettext("%(count)s value", "%(count)s values", len(distinct)) % {"count": len(distinct)}
        heights = [counted[one] for one in distinct]
        return Summary(name, kind, heights, _bar_titles(labels, heights), words, is_number, is_class=True)
    counts, titles = _bins(values)
    unit = "" if is_number else " " + (_("items") if kind in ("list", "object") else _("characters"))
    low, high = _short(min(values)), _short(max(values))
    span = low if low == high else f"{low} – {high}"
    return Summary(name, kind, counts, titles, f"{span}{unit}", is_number)


def _bins(values: list[float]) -> tuple[list[int], list[str]]:
    """Count values in at most ten bins of equal width, an integer width for integers."""
    low, high = min(values), max(values)
    are_integers = all(float(value).is_integer() for value in values)
    width = math.ceil((high - low + 1) / BINS) if are_integers else (high - low) / BINS or 1
    bins = max(1, math.ceil((high - low + 1) / width)) if are_integers else BINS
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / width), bins - 1)] += 1
    edges = [
        (low + width * place, low + width * (place + 1) - (1 if are_integers else 0)) for place in range(bins)
    ]
    labels = [_short(start) if start == end else f"{_short(start)} – {_short(end)}" for start, end in edges]
    return counts, _bar_titles(labels, counts)


def _bar_titles(labels: Sequence[str], counts: Sequence[int]) -> list[str]:
    return [f"{label}: {thousands(count)}" for label, count in zip(labels, counts, strict=True)]


def _short(value: float) -> str:
    return thousands(int(value)) if float(value).is_integer() and abs(value) < 1e12 else f"{value:.3g}"
