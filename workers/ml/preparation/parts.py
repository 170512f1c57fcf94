"""Splits in preparation: their rows with changed texts on disk, and which of them are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from datasets import Dataset

from apps.toolchain.contracts.recipes.data_preparation import Removal

from ..context import RecipeContext
from ..describe import join_names
from ..faults import UserFault
from .texts import change_texts, holds_text, texts_in

ROWS_AT_ONCE = 1000
BYTES_AT_ONCE = 8 * 1024**2


@dataclass(frozen=True, slots=True)
class Origin:
    """What a removed row repeats. similarity: 1 if only case and spaces differ"""

    part: str
    row: int
    similarity: float


@dataclass(slots=True)
class Part:
    """A split in preparation.

    rows      with changed texts, without those that a filter of texts removed
    numbers   of the rows in the dataset's split, from 0 (n,) int64
    kept      whether each row is kept (n,) bool
    removed   rows of the dataset's split by why they are removed, and what they repeat
    before    number of rows in the dataset's split
    columns   those whose texts are looked at
    filled    number of rows with a text
    personal  number of places with personal data in each row (n,) int64
    """

    name: str
    rows: Dataset
    numbers: np.ndarray
    kept: np.ndarray
    before: int
    columns: Sequence[str]
    filled: int
    personal: np.ndarray
    removed: dict[int, tuple[Removal, Origin | None]] = field(default_factory=dict)

    def remove(self, row: int, reason: Removal, origin: Origin | None = None) -> None:
        """Remove a row by its number within the part."""
        self.kept[row] = False
        self.removed[int(self.numbers[row])] = reason, origin

    def counts(self) -> Counter[Removal]:
        return Counter(reason for reason, _origin in self.removed.values())

    def text_at(self, row: int, columns: Sequence[str] | None = None) -> str:
        return text_of(self.rows[row], columns or self.columns)

    def texts(self, columns: Sequence[str] | None = None) -> Iterator[tuple[int, str]]:
        """Yield the number and the text of each row that is kept so far."""
        wanted = list(columns or self.columns)
        row = 0
        for batch in batches(self.rows.select_columns(wanted)):
            for values in batch.to_pylist():
                if self.kept[row]:
                    yield row, text_of(values, wanted)
                row += 1


def text_of(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    """Return the texts of a row's columns, one below the other."""
    return "\n".join(text for name in columns for text in texts_in(row[name]))


def batches(rows: Dataset) -> Iterator[pa.Table]:
    """Yield the rows as tables that fit into memory."""
    size = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE * rows.data.num_rows // max(1, rows.data.nbytes)))
    yield from rows.with_format("arrow").iter(batch_size=size)


def text_columns(split: Dataset, wanted: Sequence[str], name: str) -> list[str]:
    """Return the columns whose texts are looked at.

    raises  UserFault if one does not exist or holds no text, or if none does
    """
    types = {one.name: one.type for one in split.with_format("arrow").data.schema}
    for column in wanted:
        if column not in types:
            problem = f"The split {name!r} has no column {column!r}. It has {join_names(types)}."
            raise UserFault("column_missing", problem)
        if not holds_text(types[column]):
            problem = f"Column {column!r} of the split {name!r} holds {types[column]}, not text."
            raise UserFault("text_not_text", problem)
    found = list(wanted) or [column for column, kind in types.items() if holds_text(kind)]
    if not found:
        raise UserFault("text_not_text", f"The split {name!r} has no column of text.")
    return found


class TextFilter(Protocol):
    """What is done to texts."""

    def change(self, text: str) -> str:
        """Return a text as it will be published."""

    def judge(self, text: str) -> tuple[Removal | None, int]:
        """Return why a row with this text goes, and the number of places with personal data that it has."""


def open_part(
    context: RecipeContext, name: str, split: Dataset, columns: Sequence[str], texts: TextFilter, file: Path
) -> Part:
    """Return a split with its texts changed, without the rows that the filter removes.

    file  where the rows are written
    """
    schema = split.features.arrow_schema
    numbers: list[int] = []
    personal: list[int] = []
    removed: dict[int, tuple[Removal, Origin | None]] = {}
    start = filled = 0
    file.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches(split):
            context.cancellation.raise_if_cancelled()
            table = changed(batch, columns, texts.change).cast(schema)
            kept = []
            for row, values in enumerate(table.select(list(columns)).to_pylist()):
                text = text_of(values, columns)
                filled += bool(text.strip())
                reason, places = texts.judge(text)
                if reason:
                    removed[start + row] = reason, None
                else:
                    kept.append(row)
                    personal.append(places)
            numbers += [start + row for row in kept]
            writer.write_table(table if len(kept) == len(table) else table.take(pa.array(kept, pa.int64())))
            start += len(table)
            context.events.progress(start, len(split), f"reading {name}")
    return Part(
        name=name,
        rows=Dataset.from_file(str(file)),
        numbers=np.array(numbers, np.int64),
        kept=np.ones(len(numbers), bool),
        before=start,
        columns=columns,
        filled=filled,
        personal=np.array(personal, np.int64),
        removed=removed,
    )


def changed(table: pa.Table, columns: Sequence[str], change: Callable[[str], str]) -> pa.Table:
    """Return a table with the texts of some columns changed."""
    for column in columns:
        place, kind = table.schema.get_field_index(column), table.schema.field(column).type
        before = table.column(column).to_pylist()
        after = [change_texts(value, change) for value in before]
        if after != before:
            table = table.set_column(place, table.schema.field(column), pa.array(after, kind))
    return table
