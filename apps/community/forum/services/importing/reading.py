"""The JSON of a Discourse site, read from a folder: one object a line, each checked by itself.

The folder has `categories.jsonl`, `users.jsonl`, `topics.jsonl` and `posts.jsonl`; a row is what Discourse
answers for one: a category of /categories.json, a user of /u/{name}.json, a topic of /t/{id}.json without its
posts, a post of its post_stream. `posts.jsonl` has `raw`, the Markdown of the author.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apps.core.web.params import BadJson, parse_json_object

# of one line; a post of Discourse has at most 150,000 characters by default
LINE_LIMIT_BYTES = 4 << 20


class BadRow(ValueError):
    """What is wrong with a row, as a sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with the place that a report names.

    problem  why it cannot be read; empty if it can
    """

    file: str
    line: int
    data: Mapping[str, Any]
    problem: str = ""


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a file; a line that is too long or no JSON object has its problem."""
    if not path.exists():
        return
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_LIMIT_BYTES + 1):
            number += 1
            if len(line) > LINE_LIMIT_BYTES:
                while line and not line.endswith(b"\n"):
                    line = file.readline(LINE_LIMIT_BYTES)
                yield Row(path.name, number, {}, "The line is too long.")
            elif line.strip():
                yield _row(path.name, number, line)


def _row(name: str, number: int, line: bytes) -> Row:
    try:
        return Row(name, number, parse_json_object(line, cleans_text=True))
    except BadJson as error:
        return Row(name, number, {}, f"The line {error}")


def number_of(data: Mapping[str, Any], name: str, *, default: int | None = None) -> int:
    """raises  BadRow"""
    value = data.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise BadRow(f"{name} is not a number.")
    return value


def text_of(data: Mapping[str, Any], name: str, most: int, *, default: str | None = None) -> str:
    """Return a text that is not empty unless it has a default.

    raises  BadRow
    """
    value = data.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not (value.strip() or default is not None):
        raise BadRow(f"{name} is not a text.")
    if len(value) > most:
        raise BadRow(f"{name} is longer than {most} characters.")
    return value


def moment_of(data: Mapping[str, Any], name: str) -> datetime:
    """raises  BadRow"""
    try:
        moment = datetime.fromisoformat(str(data.get(name)))
    except ValueError:
        raise BadRow(f"{name} is not a time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
