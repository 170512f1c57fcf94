"""Reads JSON Lines from any line."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from ..cards.front_matter import to_storable
from ..source import Source, Unreadable
from .lines import Lines
from .table import PAGE_LIMIT_BYTES, Position, Table

COLUMNS_LIMIT = 500
VALUE_COLUMN = "value"


def read_json_lines(source: Source, position: Position, count: int) -> Table:
    """Read up to `count` JSON values; object keys become columns in order of appearance.

    raises  Unreadable
    """
    lines = Lines(source, position.offset)
    table = Table(first=position.row if position.offset else 0)
    values: list[dict[str, Any]] = []
    for line in lines:
        if line.strip():
            if position.offset == 0 and not values and not table.notes:
                _check_not_array(line)
            _append_value(line, values, table)
        if len(values) >= count or lines.offset - position.offset > PAGE_LIMIT_BYTES:
            break
    table.columns = list(dict.fromkeys(key for value in values for key in value))[:COLUMNS_LIMIT]
    table.rows = [[value.get(column) for column in table.columns] for value in values]
    if lines.offset < source.size:
        table.next = Position(lines.offset, table.last)
    if not values and table.notes:
        raise Unreadable(table.notes[0])
    return table


def _append_value(line: str, values: list[dict[str, Any]], table: Table) -> None:
    try:
        value = to_storable(json.loads(line))
    except (ValueError, RecursionError):
        if len(table.notes) < 3:
            table.notes.append(
                _("Row %(row)s isn't valid JSON and was skipped.") % {"row": table.first + len(values)}
            )
        return
    values.append(value if isinstance(value, dict) else {VALUE_COLUMN: value})


def _check_not_array(line: str) -> None:
    if line.lstrip().startswith("[") and not line.rstrip().endswith("]"):
        raise Unreadable(
            _(
                "This file is a single JSON array and can't be read in parts. "
                "Use JSON Lines, CSV or Parquet to preview rows."
            )
        )
