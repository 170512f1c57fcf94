"""Reads Parquet rows in a child process that can only request byte ranges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.core.cache import CachedValue
from apps.core.parquet import ParquetProblem, run_in_child

from ..source import Source, Unreadable
from .table import Position, Table

OPERATION = Path(__file__).with_name("parquet_child.py")
CACHE_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The result of the child process.

    rows   of JSON values
    total  rows in the file
    """

    columns: list[str]
    kinds: list[str]
    rows: list[list[Any]]
    total: int


CACHED_ROWS = CachedValue("parquet", ParquetRows, seconds=3600)


def read_parquet(source: Source, position: Position, count: int) -> Table:
    """Read up to `count` rows from `position`; only the needed byte ranges are read.

    raises  Unreadable
    """
    name = (source.key, position.row, count)
    result = CACHED_ROWS.get(*name)
    if result is None:
        result = _read(source, position.row, count)
        if len(str(result)) < CACHE_LIMIT_BYTES:
            CACHED_ROWS.set(result, *name)
    table = Table(result.columns, result.kinds, result.rows, first=position.row, total=result.total)
    if table.rows and table.last < result.total:
        table.next = Position(0, table.last)
    return table


def _read(source: Source, first: int, count: int) -> ParquetRows:
    try:
        return CACHED_ROWS.from_plain(run_in_child(OPERATION, [source], {"first": first, "count": count}))
    except ParquetProblem as problem:
        raise Unreadable(problem.args[0]) from None
