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

LINE_LIMIT_BYTES = 4 << 20
ROWS_LEAST, ROWS_MOST = 10, 5_000_000
CHECK_SECONDS = 120
CHECK_TIME_EVERY = 1000
MESSAGES_LIMIT = 1000
ROLES = ("system", "developer", "user", "assistant", "tool")
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
    messages = _messages(row.get("messages"), "messages")
    if messages[-1]["role"] != "assistant":
        raise BadRow("The last message must be the assistant's.")
    if not any(one["role"] == "assistant" and one.get("weight", 1) for one in messages):
        raise BadRow("No message of the assistant has the weight 1, so there is nothing to learn.")
    _check_tools(row)


def _check_preference(row: Mapping[str, Any]) -> None:
    given = row.get("input")
    if not isinstance(given, Mapping):
        raise BadRow("input must be an object with messages.")
    _messages(given.get("messages"), "input.messages")
    _check_tools(given)
    for name in ("preferred_output", "non_preferred_output"):
        answers = _messages(row.get(name), name)
        if len(answers) != 1 or answers[0]["role"] != "assistant":
            raise BadRow(f"{name} must be one message of the assistant.")


def _check_completion(row: Mapping[str, Any]) -> None:
    _check_text(row, "prompt")
    _check_text(row, "completion")


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


def _messages(value: object, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise BadRow(f"{name} must be a list of messages.")
    if len(value) > MESSAGES_LIMIT:
        raise BadRow(f"{name} can have at most {MESSAGES_LIMIT} messages.")
    for place, message in enumerate(value):
        _check_message(message, f"{name}[{place}]")
    return value


def _check_message(message: object, name: str) -> None:
    if not isinstance(message, dict):
        raise BadRow(f"{name} must be an object.")
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise BadRow(f"{name}.role must be one of {', '.join(ROLES)}.")
    calls = message.get("tool_calls")
    if calls is not None and (role != "assistant" or not isinstance(calls, list)):
        raise BadRow(f"{name}.tool_calls must be a list, in a message of the assistant.")
    if not isinstance(content, str) and not (content is None and calls):
        raise BadRow(f"{name}.content must be a string.")
    if "weight" in message and (role != "assistant" or message["weight"] not in (0, 1)):
        raise BadRow(f"{name}.weight must be 0 or 1, in a message of the assistant.")


def _check_tools(row: Mapping[str, Any]) -> None:
    tools = row.get("tools")
    if tools is not None and not (isinstance(tools, list) and all(isinstance(one, dict) for one in tools)):
        raise BadRow("tools must be a list of objects.")


CHECKS: dict[RowFormat, Callable[[Mapping[str, Any]], None]] = {
    RowFormat.CHAT: _check_chat,
    RowFormat.PREFERENCE: _check_preference,
    RowFormat.COMPLETION: _check_completion,
    RowFormat.CLASSIFICATION: _check_classification,
    RowFormat.TEXT: _check_plain,
}
