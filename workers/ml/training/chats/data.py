"""Reads the chats of a dataset's splits, and splits rows off for validation without repeating them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset, Features, Value

from apps.toolchain.contracts import Note, NoteCode, recipe_for
from apps.toolchain.contracts.chats import Example, Role, RowError, Turn
from apps.toolchain.contracts.chats.check import digest

from ...context import RecipeContext
from ...describe import join_names
from ...faults import UserFault
from ..tables import Splits, read_splits, split_named

MIN_ROWS = 2
PROBLEMS_NAMED = 5
ROWS_A_BATCH = 200
FEATURES = Features({"example": Value("large_string"), "key": Value("string"), "row": Value("int64")})
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class ChatData:
    """Splits of examples.

    train, validation, test  rows with an example as text, a key of what is said, and the row's number from 1
    names                    of the splits, for people
    """

    train: Dataset
    validation: Dataset
    test: Dataset | None
    names: Mapping[str, str]
    notes: list[Note] = field(default_factory=list)

    def splits(self) -> dict[str, Dataset]:
        found = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in found.items() if split is not None}

    def rows(self) -> dict[str, int]:
        return {name: len(split) for name, split in self.splits().items()}


def pack_example(example: Example) -> str:
    dialog = [[str(one.role), one.text, one.is_trained] for one in example.dialog]
    rejected = [[str(one.role), one.text, one.is_trained] for one in example.rejected]
    return json.dumps([dialog, rejected])


def unpack_example(text: str) -> Example:
    dialog, rejected = (
        tuple(Turn(Role(role), said, is_trained) for role, said, is_trained in part)
        for part in json.loads(text)
    )
    return Example(dialog, rejected)


def read_chats(context: RecipeContext) -> ChatData:
    """Read and validate the splits that the parameters name.

    raises  UserFault
    """
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.cache, subset=params["subset"])
    reader = SplitReader(context, splits)
    train = reader.read(params["train_split"])
    if len(train) < MIN_ROWS:
        message = (
            f"The split {params['train_split']!r} has {len(train)} rows; training needs at least {MIN_ROWS}."
        )
        raise UserFault("rows_too_few", message)
    test = reader.read(params["test_split"]) if params["test_split"] else None
    names = {
        "train": params["train_split"],
        "validation": params["validation_split"],
        "test": params["test_split"],
    }
    notes = repetitions(train, params["train_split"])
    if is_share(params["validation_split"]):
        share = float(params["validation_split"])
        train, validation = split_off(train, share, context.spec.seed)
        names["validation"] = f"{share:.0%} of {params['train_split']}"
    else:
        validation = reader.read(params["validation_split"])
    data = ChatData(train, validation, test, names, notes)
    data.notes.extend(leaks(data))
    return data


class SplitReader:
    """Reads the rows of splits by the recipe's declaration."""

    def __init__(self, context: RecipeContext, splits: Splits) -> None:
        self.context, self.splits = context, splits
        read = recipe_for(context.spec.kind, context.spec.recipe).read_row
        if read is None:
            raise TypeError(f"{context.spec.recipe} reads no chats.")
        self.read_row: Callable[[Mapping[str, Any], Mapping[str, Any]], Example] = read

    def read(self, name: str) -> Dataset:
        """Return a split as examples.

        raises  UserFault if it is missing or has rows that are no chats
        """
        split = split_named(self.splits, name)
        problems: list[str] = []
        folder = self.context.folder.cache / "chats"
        folder.mkdir(parents=True, exist_ok=True)

        def examples(rows: dict[str, list[Any]], numbers: list[int]) -> dict[str, list[Any]]:
            self.context.cancellation.raise_if_cancelled()
            self.context.events.progress(numbers[0], len(split), "reading")
            found = list(self._examples(rows, numbers, problems))
            return {
                "example": [pack_example(one) for one, _number in found],
                "key": [digest((*one.dialog, *one.rejected)).hex() for one, _number in found],
                "row": [number for _one, number in found],
            }

        read = split.map(
            examples,
            batched=True,
            batch_size=ROWS_A_BATCH,
            with_indices=True,
            remove_columns=split.column_names,
            features=FEATURES,
            cache_file_name=str(folder / f"{cache_name(name)}.arrow"),
            new_fingerprint=f"chats-{hashlib.sha256(name.encode()).hexdigest()[:16]}",
            load_from_cache_file=False,
        )
        if problems:
            count = len(split) - len(read)
            examples_of = " ".join(problems[:PROBLEMS_NAMED])
            message = f"{count:,} of {len(split):,} rows of the split {name!r} cannot be read. {examples_of}"
            raise UserFault("chats_invalid", message)
        return read

    def _examples(
        self, rows: dict[str, list[Any]], numbers: list[int], problems: list[str]
    ) -> Iterator[tuple[Example, int]]:
        values = self.context.spec.params
        for place, number in enumerate(numbers):
            row = {name: column[place] for name, column in rows.items()}
            try:
                yield self.read_row(row, values), number + 1
            except RowError as error:
                if len(problems) < PROBLEMS_NAMED:
                    problems.append(f"Row {number + 1}: {error.message}")
                else:
                    problems.append("")


def cache_name(split: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in split)


def is_share(value: str) -> bool:
    """Return whether a validation split is a share rather than a name."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def split_off(train: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Return rows to train on, and a share of the distinct ones for validation.

    Rows that say the same are never on both sides, and stand once in the validation.
    raises  UserFault if either would be empty
    """
    keys = np.asarray(train["key"])
    distinct, first = np.unique(keys, return_index=True)
    order = np.argsort(first)
    distinct, first = distinct[order], first[order]
    count = round(share * len(distinct))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(distinct))[:count])
    kept = np.flatnonzero(~np.isin(keys, distinct[chosen]))
    if not len(chosen) or not len(kept):
        message = "There are too few distinct rows to split some off for validation."
        raise UserFault("rows_too_few", message)
    return train.select(kept), train.select(first[chosen])


def repetitions(split: Dataset, name: str) -> list[Note]:
    """Return a note if rows repeat others."""
    count = len(split) - len(set(split["key"]))
    values = {"count": count, "total": len(split), "split": name}
    return [Note(NoteCode.CHATS_REPEATED, values)] if count else []


def leaks(data: ChatData) -> list[Note]:
    """Return a note for each held-out split that shares rows with the training split."""
    seen, notes = set(data.train["key"]), []
    for name, split in data.splits().items():
        count = sum(key in seen for key in split["key"]) if name != "train" else 0
        if count:
            values = {"count": count, "total": len(split), "split": name, "other": "train"}
            notes.append(Note(NoteCode.CHATS_LEAKED, values))
    return notes


def describe_rows(data: ChatData) -> str:
    return join_names(f"{count:,} {name}" for name, count in data.rows().items())


def cache_folder(context: RecipeContext) -> Path:
    folder = context.folder.cache / "tokens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
