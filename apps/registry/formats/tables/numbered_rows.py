"""Reads rows of data files from the beginning, each with the line where it begins."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.utils.translation import gettext as _

from ..source import Source, Unreadable
from .csv_rows import COLUMNS_LIMIT, DELIMITERS
from .lines import Lines
from .parquet_rows import read_parquet
from .table import Position

PARQUET_ROWS = 500


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """A row.

    line     of a text file, or number of the row in a Parquet file, from 1
    values   by column; empty if there is a problem
    problem  why it cannot be read, "" if it can
    end      byte after it, 0 in Parquet
    """

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    end: int = 0


def numbered_rows(source: Source, format_name: str) -> Iterator[NumberedRow]:
    """Yield all rows of a file, as long as they are asked for.

    format_name  as of `format_of`
    raises       Unreadable
    """
    if format_name == "Parquet":
        return _parquet_rows(source)
    if format_name == "JSON Lines":
        return _json_rows(source)
    return _csv_rows(source, "\t" if format_name == "TSV" else "")


def _json_rows(source: Source) -> Iterator[NumberedRow]:
    lines = Lines(source)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == 1 and line.lstrip()[:1] in ("[", "{"):
                _reject_one_value(line)
            yield NumberedRow(number, problem=_not_json(error), end=lines.offset)
            continue
        if isinstance(value, dict):
            yield NumberedRow(number, value, end=lines.offset)
        else:
            yield NumberedRow(number, problem=_("The line is not a JSON object."), end=lines.offset)


def _not_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return _("The line is not JSON: %(reason)s at character %(place)s.") % {
            "reason": error.msg,
            "place": error.pos + 1,
        }
    return _("The line is not JSON.")


def _reject_one_value(line: str) -> None:
    """Reject a file that is a single value over many lines."""
    if line.strip() in ("[", "{", "[{"):
        words = _(
            "This file is a single JSON value over many lines. Write one object on each line (JSON Lines)."
        )
        raise Unreadable(words)


def _csv_rows(source: Source, delimiter: str) -> Iterator[NumberedRow]:
    first_line = next(iter(Lines(source)), "")
    lines = Lines(source)
    reader = csv.reader(iter(lines), delimiter=delimiter or max(DELIMITERS, key=first_line.count))
    try:
        names = next(reader, [])
        if len(names) > COLUMNS_LIMIT:
            raise Unreadable(_("This file has more than %(count)s columns.") % {"count": COLUMNS_LIMIT})
        begins = reader.line_num + 1
        for record in reader:
            if record:
                yield _csv_row(names, record, begins, lines.offset)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(_("This file isn't valid CSV: %(reason)s.") % {"reason": error}) from None


def _csv_row(names: list[str], record: list[str], line: int, end: int) -> NumberedRow:
    if len(record) != len(names):
        facts = {"found": len(record), "expected": len(names)}
        words = _("The row has %(found)s values, but the header has %(expected)s.") % facts
        return NumberedRow(line, problem=words, end=end)
    return NumberedRow(line, dict(zip(names, record, strict=True)), end=end)


def _parquet_rows(source: Source) -> Iterator[NumberedRow]:
    for first in count(0, PARQUET_ROWS):
        table = read_parquet(source, Position(row=first), PARQUET_ROWS)
        for number, row in enumerate(table.rows, first + 1):
            yield NumberedRow(number, dict(zip(table.columns, row, strict=True)))
        if table.next is None:
            return
