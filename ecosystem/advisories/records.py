"""Reading OSV exports record by record: a zip, a folder, a JSON file or JSON lines."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORD_LIMIT_BYTES = 16 << 20
RECORDS_LIMIT = 1_000_000


class UnreadableExport(Exception):
    """The export as a whole cannot be read."""


@dataclass(slots=True)
class SkippedRecords:
    """Unreadable records; `names` lists the first few."""

    count: int = 0
    names: list[str] | None = None

    def add(self, name: str) -> None:
        self.count += 1
        self.names = [*(self.names or []), name][:5]


def read_records(path: Path, skipped: SkippedRecords) -> Iterator[dict[str, Any]]:
    """Yield the records of an export one at a time; invalid ones are counted and skipped.

    raises  UnreadableExport
    source  https://ossf.github.io/osv-schema/, with exports at
            https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip
    """
    try:
        for number, (name, text) in enumerate(_texts(path, skipped)):
            if number >= RECORDS_LIMIT:
                raise UnreadableExport(f"{path} has more than {RECORDS_LIMIT} records.")
            yield from _records(name, text, skipped)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableExport(f"{path} cannot be read: {error}.") from None


def _texts(path: Path, skipped: SkippedRecords) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield from _text_of_file(file, skipped)
    elif zipfile.is_zipfile(path):
        yield from _texts_of_zip(path, skipped)
    elif path.suffix in (".jsonl", ".ndjson"):
        yield from _lines(path, skipped)
    else:
        yield path.name, _read_json_file(path)


def _text_of_file(file: Path, skipped: SkippedRecords) -> Iterator[tuple[str, bytes]]:
    if file.stat().st_size > RECORD_LIMIT_BYTES:
        skipped.add(file.name)
    else:
        yield file.name, file.read_bytes()


def _texts_of_zip(path: Path, skipped: SkippedRecords) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if not entry.filename.endswith(".json"):
                continue
            try:
                with archive.open(entry) as member:
                    text = member.read(RECORD_LIMIT_BYTES + 1)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
                skipped.add(entry.filename)
                continue
            if len(text) > RECORD_LIMIT_BYTES:
                skipped.add(entry.filename)
            else:
                yield entry.filename, text


def _lines(path: Path, skipped: SkippedRecords) -> Iterator[tuple[str, bytes]]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(RECORD_LIMIT_BYTES + 1):
            number += 1
            if len(line) > RECORD_LIMIT_BYTES:
                skipped.add(f"line {number}")
                while line and not line.endswith(b"\n"):
                    line = file.readline(RECORD_LIMIT_BYTES)
            elif line.strip():
                yield f"line {number}", line


def _read_json_file(path: Path) -> bytes:
    """Return the content of a JSON file with one record or a list of records."""
    if path.stat().st_size > 4 * RECORD_LIMIT_BYTES:
        raise UnreadableExport(
            f"{path} is too large for a JSON file. Use a zip export or JSON lines (.jsonl)."
        )
    text = path.read_bytes()
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableExport(f"{path} is not a zip, folder or JSON file.") from None
    return text


def _records(name: str, text: bytes, skipped: SkippedRecords) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        skipped.add(name)
        return
    for record in found if isinstance(found, list) else [found]:
        if isinstance(record, dict) and isinstance(record.get("id"), str):
            yield record
        else:
            skipped.add(name)
