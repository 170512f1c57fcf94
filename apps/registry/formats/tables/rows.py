"""Reads rows of data files in any supported format."""

from __future__ import annotations

from ..source import Source
from .csv_rows import read_csv
from .json_rows import read_json_lines
from .parquet_rows import read_parquet
from .table import Position, Table

FORMATS = {
    ".csv": "CSV",
    ".tsv": "TSV",
    ".jsonl": "JSON Lines",
    ".ndjson": "JSON Lines",
    ".json": "JSON Lines",
    ".parquet": "Parquet",
}


def format_of(path: str) -> str:
    """Return CSV, TSV, JSON Lines or Parquet by the file's extension, else an empty string."""
    return FORMATS.get(f".{path.rpartition('.')[2].lower()}", "") if "." in path else ""


def read_rows(source: Source, format_name: str, position: Position, count: int) -> Table:
    """Read up to `count` rows.

    raises  Unreadable
    """
    if format_name == "Parquet":
        return read_parquet(source, position, count)
    if format_name == "JSON Lines":
        return read_json_lines(source, position, count)
    return read_csv(source, position, count, delimiter="\t" if format_name == "TSV" else "")
