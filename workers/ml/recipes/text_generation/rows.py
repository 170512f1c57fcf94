"""The prompts of a run, and the answers that a dataset expects."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from datasets import Dataset

from apps.toolchain.contracts import Note, NoteCode
from apps.toolchain.contracts.chats import RowError
from apps.toolchain.contracts.chats.dialogs import read_dialog
from apps.toolchain.contracts.recipes.text_generation import ANSWERS_TASK

from ...context import RecipeContext
from ...describe import join_names
from ...faults import UserFault
from ...training.prompts import Prompt, plain_prompt, until_answer
from ...training.tables import column_of, read_splits, split_named

ROWS_SHOWN = 5
# how a list of messages begins that a file holds as JSON
MESSAGES_AS_TEXT = "[{"
NO_PROMPT = plain_prompt("")


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt and the answers that are right, in any number. number: place in the split"""

    prompt: Prompt
    references: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    rows: list[Row]
    notes: list[Note] = field(default_factory=list)


def chosen_split(context: RecipeContext) -> tuple[Dataset, np.ndarray, list[Note]]:
    """Return the split, the numbers of its rows to use, and a note if these are a sample.

    raises  UserFault
    """
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    split = split_named(splits, params["split"])
    total, wanted = len(split), params["max_samples"]
    if not wanted or wanted >= total:
        return split, np.arange(total), []
    drawn = np.sort(np.random.default_rng(context.spec.seed).permutation(total)[:wanted])
    return split, drawn, [Note(NoteCode.ROWS_DRAWN, {"count": wanted, "total": total})]


def values_of(split: Dataset, column: str, split_name: str, numbers: np.ndarray) -> list[Any]:
    """Return the values of a column in the rows.

    raises  UserFault if there is no such column, or if it holds neither texts nor lists
    """
    values = column_of(split, column, split_name)
    kind = values.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if not (is_text or pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        problem = f"Column {column!r} of the split {split_name!r} holds {kind}"
        raise UserFault("text_not_text", f"{problem}; texts, or lists of messages or texts, are needed.")
    found: list[Any] = values.take(pa.array(numbers)).to_pylist()
    empty = [int(number) + 1 for number, value in zip(numbers, found, strict=True) if is_empty(value)]
    if empty:
        where = f"row {empty[0]}" if len(empty) == 1 else f"{len(empty)} rows, first in {join_rows(empty)}"
        raise UserFault("rows_empty", f"Column {column!r} of the split {split_name!r} is empty in {where}.")
    return found


def join_rows(numbers: Sequence[int]) -> str:
    return join_names(numbers[:ROWS_SHOWN])


def is_empty(value: Any) -> bool:
    return value is None or not (value.strip() if isinstance(value, str) else value)


def is_text(value: Any) -> bool:
    """Return whether a value is a text, rather than a conversation that a file holds as JSON."""
    return isinstance(value, str) and not value.lstrip().startswith(MESSAGES_AS_TEXT)


def prompt_of(value: Any, column: str, number: int) -> tuple[Prompt, str]:
    """Return a row's prompt, and the answer that a conversation ends with.

    raises  UserFault if it is neither a text nor a conversation
    """
    if is_text(value):
        return plain_prompt(value), ""
    try:
        return until_answer(read_dialog(value, column, {}), column)
    except RowError as error:
        message = f"Row {number + 1} of the column {column!r} is no conversation. {error.message}"
        raise UserFault("chats_invalid", message) from error


def references_of(value: Any, column: str, number: int) -> tuple[str, ...]:
    """Return the right answers of a row: its text, its list of texts, or the end of its conversation.

    raises  UserFault if there is none
    """
    if is_text(value):
        return (value,)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        found = tuple(one for one in value if one.strip())
    else:
        found = tuple(filter(None, [prompt_of(value, column, number)[1]]))
    if not found:
        message = f"Row {number + 1} of the column {column!r} has no answer."
        raise UserFault("rows_empty", message)
    return found


def leaks(context: RecipeContext, rows: Sequence[Row]) -> list[Note]:
    """Return a note if what is questions and answered also occurs in the training split."""
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    if params["split"] == "train" or "train" not in splits:
        return []
    seen = known_texts(splits["train"], params)
    shared = sum(fingerprint(row) in seen for row in rows)
    values = {"count": shared, "total": len(rows), "split": params["split"], "other": "train"}
    return [Note(NoteCode.LEAKED, values)] if shared else []


def known_texts(split: Dataset, params: Mapping[str, Any]) -> set[bytes]:
    """Return the fingerprints of a split's rows; none if it is not built like the scored one."""
    numbers = np.arange(len(split))
    try:
        wanted = values_of(split, params["reference_column"], "train", numbers)
        return {fingerprint(row) for row in rows_of(split, numbers, wanted, {**params, "split": "train"})}
    except UserFault:  # the training split is none of this evaluation's inputs
        return set()


def rows_of(
    split: Dataset, numbers: np.ndarray, wanted: Sequence[Any], params: Mapping[str, Any]
) -> list[Row]:
    """Return the rows of an evaluation; without a prompt where texts alone are scored.

    wanted  values of the reference column
    raises  UserFault
    """
    column, prompt_column = params["reference_column"], params["prompt_column"]
    if params["task"] != ANSWERS_TASK:
        return [
            Row(NO_PROMPT, references_of(value, column, int(number)), int(number))
            for number, value in zip(numbers, wanted, strict=True)
        ]
    questions = values_of(split, prompt_column, params["split"], numbers)
    return [
        Row(
            prompt_of(question, prompt_column, int(number))[0],
            references_of(value, column, int(number)),
            int(number),
        )
        for number, question, value in zip(numbers, questions, wanted, strict=True)
    ]


def fingerprint(row: Row) -> bytes:
    """Return the hash of a row's texts, ignoring case and spaces around them."""
    texts = [one.strip().lower() for one in (row.prompt.text, row.references[0])]
    return hashlib.sha256("\0".join(texts).encode()).digest()
