"""Views: the values of a result that pages can draw, as JSON between web and worker."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import ContractError
from .shapes import read_field, read_object

VIEWS_LIMIT = 20
ROWS_LIMIT = 1000
COLUMNS_LIMIT = 50
SERIES_LIMIT = 20
POINTS_LIMIT = 2000
LABELS_LIMIT = 1000
TITLE_LIMIT = 200
CELL_LIMIT = 20_000

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by true class (rows) and prediction (columns), in the order of the labels."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of short texts and numbers. title and head: English, marked for translation"""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Samples:
    """Long texts side by side, such as prompts and answers. columns: English, or the address of a model"""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a curve. points: (x, y), in the order in which they are joined"""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Lines over one axis, such as ROC curves. title, x and y: English, marked for translation"""

    title: str
    x: str
    y: str
    series: tuple[Series, ...]


View = Confusion | Table | Samples | Curve


def view_to_json(view: View) -> dict[str, Any]:
    match view:
        case Confusion(labels, counts):
            return {"type": "confusion", "labels": list(labels), "counts": [list(row) for row in counts]}
        case Table(title, head, rows):
            return {"type": "table", "title": title, "head": list(head), "rows": [list(row) for row in rows]}
        case Samples(title, columns, rows):
            cells = [list(row) for row in rows]
            return {"type": "samples", "title": title, "columns": list(columns), "rows": cells}
        case Curve(title, x, y, series):
            lines = [{"name": one.name, "points": [list(point) for point in one.points]} for one in series]
            return {"type": "curve", "title": title, "x": x, "y": y, "series": lines}


def view_from_json(body: object) -> View:
    """raises  ContractError for an unknown type, a wrong shape or what is above a limit"""
    fields = read_object(body, "view")
    reader = READERS.get(read_field(fields, "type", str))
    if reader is None:
        raise ContractError({"type": f"Must be one of {', '.join(READERS)}."})
    return reader(fields)


def read_views(fields: Any) -> tuple[View, ...]:
    """Return the views of a result."""
    return tuple(view_from_json(one) for one in _list(fields, "views", VIEWS_LIMIT, default=[]))


def square_of_counts(rows: Sequence[Any], size: int) -> tuple[tuple[int, ...], ...]:
    """Return a square matrix of counts with one row per label (raises ContractError)."""
    is_square = len(rows) == size <= LABELS_LIMIT and all(
        isinstance(row, list | tuple) and len(row) == size for row in rows
    )
    if not is_square or any(not _is_count(count) for row in rows for count in row):
        raise ContractError({"confusion": "Must be a square matrix of counts with one row per label."})
    return tuple(tuple(row) for row in rows)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _confusion(fields: Any) -> Confusion:
    labels = _texts(fields, "labels", LABELS_LIMIT)
    return Confusion(labels, square_of_counts(_list(fields, "counts", LABELS_LIMIT), len(labels)))


def _table(fields: Any) -> Table:
    head = _texts(fields, "head", COLUMNS_LIMIT)
    return Table(_title(fields, "title"), head, _rows(fields, len(head)))


def _samples(fields: Any) -> Samples:
    columns = _texts(fields, "columns", COLUMNS_LIMIT)
    return Samples(_title(fields, "title"), columns, _rows(fields, len(columns)))


def _curve(fields: Any) -> Curve:
    series = tuple(_series(one) for one in _list(fields, "series", SERIES_LIMIT))
    return Curve(_title(fields, "title"), _title(fields, "x"), _title(fields, "y"), series)


def _series(body: object) -> Series:
    fields = read_object(body, "series")
    points = tuple(_point(one) for one in _list(fields, "points", POINTS_LIMIT))
    return Series(_title(fields, "name"), points)


def _point(pair: object) -> tuple[float, float]:
    if isinstance(pair, list | tuple) and len(pair) == 2 and all(_is_number(one) for one in pair):
        return float(pair[0]), float(pair[1])
    raise ContractError({"points": "Each point must be two finite numbers."})


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < 2**1000 and math.isfinite(value)


def _rows(fields: Any, width: int) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_row(one, width) for one in _list(fields, "rows", ROWS_LIMIT))


def _row(row: object, width: int) -> tuple[Cell, ...]:
    if not isinstance(row, list | tuple) or len(row) != width or not all(_is_cell(one) for one in row):
        raise ContractError({"rows": "Each row must have one text, number or null for each column."})
    return tuple(one[:CELL_LIMIT] if isinstance(one, str) else one for one in row)


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, str | bool) or _is_number(value)


def _title(fields: Any, name: str) -> str:
    return str(read_field(fields, name, str))[:TITLE_LIMIT]


def _texts(fields: Any, name: str, limit: int) -> tuple[str, ...]:
    items = _list(fields, name, limit)
    if not all(isinstance(one, str) for one in items):
        raise ContractError({name: "Must be a list of strings."})
    return tuple(one[:TITLE_LIMIT] for one in items)


def _list(fields: Any, name: str, limit: int, default: Any = ...) -> list[Any]:
    given = fields.get(name)
    items: list[Any] = list(given) if isinstance(given, tuple) else read_field(fields, name, list, default)
    if len(items) > limit:
        raise ContractError({name: f"At most {limit} items."})
    return items


READERS: dict[str, Callable[[Any], View]] = {
    "confusion": _confusion,
    "table": _table,
    "samples": _samples,
    "curve": _curve,
}
