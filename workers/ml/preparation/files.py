"""The files of a prepared dataset."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset

from apps.toolchain.contracts.recipes.data_preparation import DataFormat

from ..describe import join_names
from ..faults import UserFault
from .parts import batches
from .texts import is_list

SHARD_BYTES = 400 * 1024**2
ROW_GROUP_BYTES = 32 * 1024**2


def write_split(rows: Dataset, name: str, folder: Path, form: DataFormat) -> list[Path]:
    """Write the rows of a split; return the files.

    raises  UserFault if the format cannot hold a column
    """
    folder.mkdir(parents=True, exist_ok=True)
    if form == DataFormat.PARQUET:
        return write_parquet(rows, name, folder)
    check_format(rows, form)
    file = folder / f"{name}.{form.value}"
    with file.open("w", encoding="utf-8", newline="") as stream:
        if form == DataFormat.JSONL:
            for row in plain_rows(rows):
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            writer = csv.DictWriter(stream, rows.column_names)
            writer.writeheader()
            writer.writerows(plain_rows(rows))
    return [file]


def write_parquet(rows: Dataset, name: str, folder: Path) -> list[Path]:
    """Write shards of about SHARD_BYTES, named as the hub's tools name them."""
    size = max(1, rows.data.nbytes * len(rows) // max(1, rows.data.num_rows))
    count = max(1, -(-size // SHARD_BYTES))
    files = []
    for number in range(count):
        file = folder / f"{name}-{number:05d}-of-{count:05d}.parquet"
        shard = rows.shard(count, number, contiguous=True)
        with pq.ParquetWriter(file, rows.features.arrow_schema, compression="zstd") as writer:
            for table in row_groups(shard):
                writer.write_table(table)
        files.append(file)
    return files


def row_groups(rows: Dataset) -> Iterator[pa.Table]:
    """Yield tables of about ROW_GROUP_BYTES."""
    waiting: list[pa.Table] = []
    for batch in batches(rows):
        waiting.append(batch)
        if sum(table.nbytes for table in waiting) >= ROW_GROUP_BYTES:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def check_format(rows: Dataset, form: DataFormat) -> None:
    """Reject columns that a text format cannot hold.

    raises  UserFault
    """
    wrong = [
        field.name
        for field in rows.features.arrow_schema
        if holds_bytes(field.type) or (form == DataFormat.CSV and pa.types.is_nested(field.type))
    ]
    if wrong:
        words = "JSON Lines" if form == DataFormat.JSONL else "CSV"
        problem = f"{words} cannot hold the columns {join_names(wrong)}."
        raise UserFault("format_unsuitable", f"{problem} Choose Parquet, or leave them out.")


def holds_bytes(kind: pa.DataType) -> bool:
    if is_list(kind):
        return holds_bytes(kind.value_type)
    if pa.types.is_struct(kind):
        return any(holds_bytes(field.type) for field in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def plain_rows(rows: Dataset) -> Iterator[dict[str, Any]]:
    """Yield the rows with values that a text format has."""
    for batch in batches(rows):
        for row in batch.to_pylist():
            yield {name: plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return value if value is None or isinstance(value, str | int) else str(value)
