"""Rows of a data file as plain values, and where the next ones begin."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

POSITION = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
PAGE_LIMIT_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins.

    offset  byte in a text file; 0 in Parquet, which is paged by rows alone
    row     number of the first row, from 0
    """

    offset: int = 0
    row: int = 0

    def __str__(self) -> str:
        return f"{self.offset}-{self.row}"

    @classmethod
    def parse(cls, text: str | None) -> Position:
        """Read `offset-row`; anything else is the beginning."""
        found = POSITION.fullmatch(text or "")
        return cls(int(found[1]), int(found[2])) if found else cls()


@dataclass(slots=True)
class Table:
    """One page of rows.

    columns  names, in the order of the file
    kinds    kind of each column where the format says it (Parquet), else empty
    rows     lists of JSON values, as long as columns
    first    number of the first row, from 0
    next     where the next page begins, None at the end
    total    rows of the whole file where the format says it
    notes    sentences about rows that were left out or cut
    """

    columns: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    first: int = 0
    next: Position | None = None
    total: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.first + len(self.rows)
