"""What the lines of uploaded JSON Lines may be, and the check of a file: its first fault with its line.

source  OpenAI API, "Supervised fine-tuning: formatting your data" and "Direct preference optimization"
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

from apps.core.web.params import BadJson, parse_json_object
from apps.toolchain.contracts.chats import (
    Columns,
    PreferenceColumns,
    Role,
    RowError,
    read_conversation,
    read_preference,
)

LINE_LIMIT_BYTES = 4 << 20
ROWS_LEAST, ROWS_MOST = 10, 5_000_000
CHECK_SECONDS = 120
CHECK_TIME_EVERY = 1000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class RowFormat(StrEnum):
    """What every line of a file is."""

    CHAT = "chat"
    PREFERENCE = "preference"
    COMPLETION = "completion"
    CLASSIFICATION = "classification"
    TEXT = "text"


class BadRow(ValueError):
    """Why a row is refused, as a sentence."""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """The outcome of a check.

    row_format  None if no line tells
    problem     the first fault, empty if there is none
    line        its number, None for a fault of the whole file
    """

    row_format: RowFormat | None
    row_count: int
    problem: str = ""
    line: int | None = None


def check_rows(file: BinaryIO) -> RowCheck:
    """Read a file of training rows up to its first fault."""
    row_format, count, line = None, 0, 0
    too_slow = f"The check took longer than {CHECK_SECONDS} seconds: split the file."
    try:
        for number, text in _lines(file):
            line = number
            row = _object_of(text)
            row_format = row_format or format_of(row)
            CHECKS[row_format](row)
            count += 1
            if count > ROWS_MOST:
                raise BadRow(f"A file can have at most {ROWS_MOST} rows.")
    except BadRow as problem:
        return RowCheck(row_format, count, str(problem), line)
    except TimeoutError:
        return RowCheck(row_format, count, too_slow)
    if count < ROWS_LEAST:
        return RowCheck(
            row_format, count, f"The file has {count} examples; at least {ROWS_LEAST} are needed."
        )
    return RowCheck(row_format, count)


def format_of(row: Mapping[str, Any]) -> RowFormat:
    """Return the format that a row's fields tell (raises BadRow)."""
    if "messages" in row:
        return RowFormat.CHAT
    if "preferred_output" in row or "non_preferred_output" in row:
        return RowFormat.PREFERENCE
    if "prompt" in row and "completion" in row:
        return RowFormat.COMPLETION
    if "text" in row:
        return RowFormat.CLASSIFICATION if "label" in row else RowFormat.TEXT
    raise BadRow(
        "An example needs messages; or input, preferred_output and non_preferred_output; "
        "or prompt and completion; or text, with or without a label."
    )


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of the lines that are not blank.

    raises  BadRow for a line that is too long, TimeoutError
    """
    end, number = time.monotonic() + CHECK_SECONDS, 0
    while line := file.readline(LINE_LIMIT_BYTES + 1):
        number += 1
        if number % CHECK_TIME_EVERY == 0 and time.monotonic() > end:
            raise TimeoutError
        if number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        if len(line) > LINE_LIMIT_BYTES:
            yield number, b""
            return
        if line.strip():
            yield number, line


def _object_of(line: bytes) -> dict[str, Any]:
    if not line:
        raise BadRow(f"The line is longer than {LINE_LIMIT_BYTES >> 20} MiB.")
    try:
        return parse_json_object(line)
    except BadJson as problem:
        raise BadRow(f"The line {problem}") from None


def _check_chat(row: Mapping[str, Any]) -> None:
    messages = row["messages"]
    last = messages[-1] if isinstance(messages, list) and messages else None
    if isinstance(last, dict) and last.get("role") != Role.ASSISTANT:
        raise BadRow("The last message must be the assistant's.")
    _check_tools(row)
    _read(read_conversation, row, Columns(messages="messages"))


def _check_preference(row: Mapping[str, Any]) -> None:
    given = row.get("input")
    if isinstance(given, Mapping):
        _check_tools(given)
    _read(read_preference, row, PreferenceColumns())


def _check_completion(row: Mapping[str, Any]) -> None:
    _read(read_conversation, row, Columns(prompt="prompt", completion="completion"))


def _read(read: Callable[[Mapping[str, Any], Any], object], row: Mapping[str, Any], columns: object) -> None:
    """Read a row as the training will (raises BadRow)."""
    try:
        read(row, columns)
    except RowError as error:
        raise BadRow(str(error.message)) from None


def _check_classification(row: Mapping[str, Any]) -> None:
    _check_text(row, "text")
    label = row.get("label")
    if isinstance(label, bool) or not isinstance(label, str | int) or label == "":
        raise BadRow("label must be a string or an integer.")


def _check_plain(row: Mapping[str, Any]) -> None:
    _check_text(row, "text")


def _check_text(row: Mapping[str, Any], name: str) -> None:
    if not isinstance(row.get(name), str) or not row[name].strip():
        raise BadRow(f"{name} must be a string that is not empty.")


def _check_tools(row: Mapping[str, Any]) -> None:
    """Refuse what a training would silently leave out."""
    if row.get("tools"):
        raise BadRow("Trainings read text only; this row has tools.")


CHECKS: dict[RowFormat, Callable[[Mapping[str, Any]], None]] = {
    RowFormat.CHAT: _check_chat,
    RowFormat.PREFERENCE: _check_preference,
    RowFormat.COMPLETION: _check_completion,
    RowFormat.CLASSIFICATION: _check_classification,
    RowFormat.TEXT: _check_plain,
}
