"""The check of uploaded training rows: formats, faults and their lines."""

import io
import json

import pytest

from apps.toolchain.files import layouts
from apps.toolchain.files.layouts import LINE_LIMIT_BYTES, RowFormat, check_rows
from tests.openai_makers import chat_rows, class_rows, jsonl

USER, ANSWER = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}
PAIR = {
    "input": {"messages": [USER]},
    "preferred_output": [ANSWER],
    "non_preferred_output": [{"role": "assistant", "content": "What?"}],
}


def check(data: bytes):
    return check_rows(io.BytesIO(data))


@pytest.mark.parametrize(
    ("rows", "row_format"),
    [
        (chat_rows(), RowFormat.CHAT),
        ([PAIR] * 10, RowFormat.PREFERENCE),
        ([{"prompt": "1 + 1 =", "completion": " 2"}] * 10, RowFormat.COMPLETION),
        (class_rows(), RowFormat.CLASSIFICATION),
        ([{"text": "Once upon a time"}] * 10, RowFormat.TEXT),
    ],
)
def test_the_fields_of_the_rows_tell_their_format(rows, row_format):
    found = check(jsonl(rows))

    assert (found.row_format, found.row_count, found.problem) == (row_format, len(rows), "")


def test_blank_lines_and_a_byte_order_mark_are_no_rows():
    data = b"\xef\xbb\xbf" + jsonl(class_rows(10)).replace(b"\n", b"\n\n")

    assert check(data).row_count == 10


def test_too_few_rows_are_a_fault_of_the_whole_file():
    found = check(jsonl(class_rows(9)))

    assert (found.row_count, found.line) == (9, None)
    assert found.problem


def chat(*messages) -> dict:
    return {"messages": list(messages)}


@pytest.mark.parametrize(
    "row",
    [
        b"not json",
        b"[1]",
        b'{"messages": NaN}',
        b'{"text": "\\u0000"}',
        b"[" * 100_000,
        b'{"nothing": "known"}',
        chat(),
        chat(USER),
        chat({**USER, "role": "king"}, ANSWER),
        chat({"role": "user"}, ANSWER),
        chat({"role": "user", "content": [{"type": "image_url"}]}, ANSWER),
        chat(USER, {**ANSWER, "weight": 0}),
        chat(USER, {**ANSWER, "weight": 2}),
        chat(ANSWER),
        chat(USER, {"role": "tool", "content": "4"}, ANSWER),
        chat(USER, {"role": "system", "content": "Be kind"}, ANSWER),
        {**PAIR, "preferred_output": PAIR["non_preferred_output"]},
        chat(USER, {"role": "assistant", "content": None}),
        chat(USER, {**ANSWER, "tool_calls": [{"id": "1"}]}, ANSWER),
        {**chat(USER, ANSWER), "tools": [{"type": "function"}]},
        {"messages": [USER, ANSWER] * 501},
        {**PAIR, "input": {}},
        {**PAIR, "preferred_output": [ANSWER, ANSWER]},
        {**PAIR, "non_preferred_output": [USER]},
        {"prompt": "", "completion": "x"},
        {"text": "x", "label": None},
        {"text": 1},
    ],
)
def test_the_first_fault_is_named_with_its_line(row):
    bad = row if isinstance(row, bytes) else json.dumps(row).encode()
    first = [chat(USER, ANSWER)] if isinstance(row, dict) and "messages" in row else []

    found = check(jsonl(first) + bad + b"\n" + jsonl(chat_rows()))

    assert found.line == len(first) + 1
    assert found.problem


def test_all_rows_have_the_format_of_the_first():
    found = check(jsonl([*class_rows(10), *chat_rows(1)]))

    assert found.line == 11


def test_a_line_without_an_end_is_not_read_whole():
    found = check(b'{"text": "' + b"x" * (LINE_LIMIT_BYTES + 10))

    assert (found.line, found.row_count) == (1, 0)
    assert found.problem


def test_a_check_ends_in_time(monkeypatch):
    monkeypatch.setattr(layouts, "CHECK_SECONDS", -1)

    found = check(jsonl([{"text": "x"}] * 1001))

    assert (found.line, "seconds" in found.problem) == (None, True)


def test_parts_that_are_text_are_read():
    question = {"role": "user", "content": [{"type": "text", "text": "Hi"}]}

    assert check(jsonl([chat(question, ANSWER)] * 10)).problem == ""
