"""Reads CSV and TSV from any record."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..source import Source, Unreadable
from .lines import Lines
from .table import PAGE_LIMIT_BYTES, Position, Table

DELIMITERS = ",;\t|"
COLUMNS_LIMIT = 500
csv.field_size_limit(4 << 20)


def read_csv(source: Source, position: Position, count: int, *, delimiter: str = "") -> Table:
    """Read up to `count` records; the first line of the file is the header.

    raises  Unreadable
    """
    head = Lines(source)
    first_line = next(iter(head), "")
    delimiter = delimiter or max(DELIMITERS, key=first_line.count)
    head = Lines(source)
    names = next(_records(head, delimiter), [])
    if len(names) > COLUMNS_LIMIT:
        raise Unreadable(_("This file has more than %(count)s columns.") % {"count": COLUMNS_LIMIT})
    columns = [
        name.strip() or _("column %(number)s") % {"number": number} for number, name in enumerate(names, 1)
    ]
    lines = Lines(source, max(position.offset, head.offset))
    table = Table(columns=columns, first=position.row if position.offset else 0)
    _fill(table, lines, delimiter, count)
    if lines.offset < source.size:
        table.next = Position(lines.offset, table.last)
    return table


def _fill(table: Table, lines: Lines, delimiter: str, count: int) -> None:
    width, begins = len(table.columns), lines.offset
    for record in _records(lines, delimiter):
        if record:
            if len(record) != width and len(table.notes) < 3:
                facts = {"row": table.last, "found": len(record), "expected": width}
                table.notes.append(
                    _("Row %(row)s has %(found)s values, but the header has %(expected)s.") % facts
                )
            table.rows.append([*record, *[None] * (width - len(record))][:width])
        if len(table.rows) >= count or lines.offset - begins > PAGE_LIMIT_BYTES:
            break


def _records(lines: Lines, delimiter: str) -> Iterator[list[str]]:
    """Yield records; after each, `lines.offset` is where the next one begins."""
    try:
        yield from csv.reader(iter(lines), delimiter=delimiter)
    except csv.Error as error:
        raise Unreadable(_("This file isn't valid CSV: %(reason)s.") % {"reason": error}) from None
