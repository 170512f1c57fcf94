"""Pages of rows and their positions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

POSITION = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
PAGE_LIMIT_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class Position:
    """The start of a page.

    offset  in bytes of a text file; 0 in Parquet, which is paged by row
    row     number of the first row, from 0
    """

    offset: int = 0
    row: int = 0

    def __str__(self) -> str:
        return f"{self.offset}-{self.row}"

    @classmethod
    def parse(cls, text: str | None) -> Position:
        """Parse `offset-row`; anything else is the start of the file."""
        found = POSITION.fullmatch(text or "")
        return cls(int(found[1]), int(found[2])) if found else cls()


@dataclass(slots=True)
class Table:
    """A page of rows.

    columns  names in file order
    kinds    kind of each column if the format has types (Parquet), else empty
    rows     lists of JSON values, one per column
    first    number of the first row, from 0
    next     start of the next page, None at the end
    total    rows in the file, if known
    notes    messages about skipped or truncated rows
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
