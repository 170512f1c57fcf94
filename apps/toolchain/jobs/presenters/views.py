"""Views of results as sections of pages."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.core.text.formatting import thousands
from apps.toolchain.contracts import Confusion, Curve, Samples, Table, View, view_from_json

from ..selectors import WrittenSamples

MATRIX_LIMIT = 12
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ViewSection:
    """A view as `toolchain/jobs/views/_<kind>.html` draws it.

    head    labels of the columns
    rows    (label, cells (count, level 0 to 5)) of a matrix; lists of texts; [x, value, value …] of a curve
    axis    of a curve
    series  pairs (key, label) of a curve
    """

    kind: str
    title: str
    head: list[str]
    rows: list[Any]
    axis: str = ""
    series: list[tuple[str, str]] = field(default_factory=list)

    @property
    def template(self) -> str:
        return f"toolchain/jobs/views/_{self.kind}.html"


@dataclass(frozen=True, slots=True)
class WrittenSection:
    """Texts of a running job.

    key, keys  title and heads as its events have them
    step       of the training, "" outside of one
    """

    title: str
    key: str
    step: str
    head: list[str]
    keys: list[str]
    rows: list[list[str]]
    is_newest: bool

    @property
    def columns(self) -> list[tuple[str, str]]:
        return list(zip(self.keys, self.head, strict=True))


def written_sections(written: Iterable[WrittenSamples]) -> list[WrittenSection]:
    """Return what a running job has shown, of each title the newest step first."""
    found: list[WrittenSection] = []
    for one in written:
        step = "" if one.step is None else thousands(one.step)
        is_newest = not any(other.key == one.title for other in found)
        head = list(map(_words, one.columns))
        found.append(
            WrittenSection(_words(one.title), one.title, step, head, one.columns, one.rows, is_newest)
        )
    return found


def view_sections(views: Iterable[View]) -> list[ViewSection]:
    """Return views as sections; a matrix of too many classes is left out."""
    return [section for view in views for section in _sections(view)]


def stored_sections(views: Iterable[Mapping[str, Any]]) -> list[ViewSection]:
    """Return the stored views of a result as sections."""
    return view_sections(map(view_from_json, views))


def _sections(view: View) -> list[ViewSection]:
    match view:
        case Table():
            return [ViewSection("table", _words(view.title), list(map(_words, view.head)), _texts(view.rows))]
        case Samples():
            return [
                ViewSection("samples", _words(view.title), list(map(_words, view.columns)), _texts(view.rows))
            ]
        case Curve():
            return [_curve(view)]
        case Confusion():
            return [] if len(view.labels) > MATRIX_LIMIT else [_matrix(view)]


def _words(text: str) -> str:
    """Translate a title, which may also be a name or empty."""
    return _(text) if text else ""


def _texts(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _matrix(view: Confusion) -> ViewSection:
    rows = [
        (label, [(count, _level(count, sum(row))) for count in row])
        for label, row in zip(view.labels, view.counts, strict=True)
    ]
    return ViewSection("confusion", _("Confusion matrix"), list(view.labels), rows)


def _level(count: int, total: int) -> int:
    """Return the color level of a cell: 0 for none, 5 for nearly all of its row."""
    return 0 if not count or not total else max(1, min(5, round(count / total * 5)))


def _curve(view: Curve) -> ViewSection:
    """Return a curve as rows by x; a line has values between its points as it is drawn."""
    lines = [sorted(one.points, key=lambda point: point[0]) for one in view.series]
    if len(lines) == 1:
        rows: list[list[float | None]] = [list(point) for point in lines[0]]
    else:
        places = sorted({x for line in lines for x, _y in line})
        rows = [[x, *(_value_at(line, x) for line in lines)] for x in places]
    series = [(one.name, _words(one.name)) for one in view.series]
    title = f"{_words(view.title)} · {_words(view.y)}" if view.y else _words(view.title)
    return ViewSection("curve", title, [], rows, axis=_words(view.x), series=series)


def _value_at(line: Sequence[Point], x: float) -> float | None:
    """Return the value of a line at x, None outside of it."""
    place = bisect_left(line, x, key=lambda point: point[0])
    if place == len(line) or (place == 0 and line[0][0] != x):
        return None
    (x1, y1), (x0, y0) = line[place], line[max(0, place - 1)]
    return y1 if x1 in (x, x0) else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
