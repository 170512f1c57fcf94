"""Reads a dataset repository and prepares tokenized splits for training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from datasets import Dataset
from transformers import BatchEncoding, PreTrainedTokenizerBase

from apps.toolchain.contracts import Note, NoteCode

from ...context import RecipeContext
from ...describe import join_names
from ...faults import UserFault
from ...training.tables import read_splits, split_named
from ...training.tokens import count_truncated, encode
from .columns import (
    check_map,
    class_names,
    count_shared_texts,
    encode_labels,
    joined,
    label_column,
    names_of_numbers,
    renamed,
    similar_labels,
    stratified_sample,
    text_columns,
    to_dataset,
)

MIN_ROWS = 4
CLASSES_NOTED = 10


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Splits with the columns `text` and `labels`, and `pair` for the second text of a pair.

    validation_name  name of the validation split for the card
    """

    labels: list[str]
    train: Dataset
    validation: Dataset
    validation_name: str
    test: Dataset | None

    def held_out(self) -> dict[str, Dataset]:
        held = {"validation": self.validation, "test": self.test}
        return {name: split for name, split in held.items() if split is not None}

    def notes(self) -> list[Note]:
        """Return notes about texts that held-out splits share with the training split, and about classes."""
        seen = texts_of(self.train)
        notes = []
        for name, split in self.held_out().items():
            count = count_shared_texts(texts_of(split), seen)
            values = {"count": count, "total": len(split), "split": name, "other": "train"}
            notes += [Note(NoteCode.LEAKED, values)] if count else []
        if similar := similar_labels(self.labels):
            notes.append(Note(NoteCode.SIMILAR_LABELS, {"labels": join_names(similar)}))
        unseen = np.flatnonzero(self.class_counts("train") * (self.class_counts("validation") == 0))
        for number in unseen[:CLASSES_NOTED]:
            values = {"label": self.labels[number], "split": "validation"}
            notes.append(Note(NoteCode.UNSEEN_CLASS, values))
        return notes

    def class_counts(self, split: str) -> np.ndarray:
        """Return the number of rows of each class."""
        rows = {"train": self.train, **self.held_out()}[split]
        return np.bincount(rows.with_format("numpy")[:]["labels"], minlength=len(self.labels))

    def baseline(self, split: str) -> tuple[str, float]:
        """Return the most frequent class of the training split, and its share of a held-out split."""
        number, counts = int(self.class_counts("train").argmax()), self.class_counts(split)
        return self.labels[number], float(counts[number] / counts.sum())

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each split."""
        return {name: len(split) for name, split in {"train": self.train, **self.held_out()}.items()}


def texts_of(split: Dataset) -> pa.ChunkedArray:
    """Return the texts of a split, pairs as one text each."""
    columns = split.with_format("arrow")[:]
    return joined([columns[name] for name in ("text", "pair") if name in split.column_names])


def read_training_data(context: RecipeContext) -> TrainingData:
    """Read and validate the splits that the parameters name.

    raises  UserFault
    """
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.cache, subset=params["subset"])
    train_split = split_named(splits, params["train_split"])
    raw = label_column(train_split, params["label_column"], params["train_split"])
    labels = class_names(train_split, raw, params["label_column"], params)
    names = params["label_map"] or names_of_numbers(raw, params["labels"])
    check_map(raw, names)

    def read(name: str) -> Dataset:
        split = split_named(splits, name)
        texts = text_columns(split, params, name)
        found = label_column(split, params["label_column"], name)
        return to_dataset(texts, encode_labels(renamed(found, names), labels, name))

    train, validation = read(params["train_split"]), params["validation_split"]
    if len(train) < MIN_ROWS:
        raise UserFault(
            "rows_too_few",
            f"The split {params['train_split']!r} has {len(train)} rows; training needs at least {MIN_ROWS}.",
        )
    test = read(params["test_split"]) if params["test_split"] else None
    if is_share(validation):
        train, held = split_off_validation(train, float(validation), context.spec.seed)
        return TrainingData(labels, train, held, f"{float(validation):.0%} of {params['train_split']}", test)
    return TrainingData(labels, train, read(validation), validation, test)


def is_share(value: str) -> bool:
    """Return whether a validation split is a share rather than a name."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def split_off_validation(train: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Split the training rows into training and validation rows.

    raises  UserFault if either would be empty
    """
    labels = np.asarray(train.with_format("numpy")[:]["labels"])
    chosen = stratified_sample(labels, share, seed)
    kept = np.setdiff1d(np.arange(len(train)), chosen)
    if not len(chosen) or not len(kept):
        raise UserFault("rows_too_few", "There are too few rows to split some off for validation.")
    return train.select(kept), train.select(chosen)


def tokenize_split(
    split: Dataset, tokenizer: PreTrainedTokenizerBase, *, max_length: int, cache: Path
) -> tuple[Dataset, int]:
    """Return the split as token ids stored on disk, and how many texts were truncated to `max_length`."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    truncated = 0

    def tokens(rows: dict[str, list[str]]) -> BatchEncoding:
        nonlocal truncated
        batch = encode(tokenizer, rows["text"], max_length, pairs=rows.get("pair"))
        truncated += count_truncated(batch, max_length)
        return batch

    mapped = split.map(
        tokens,
        batched=True,
        remove_columns=[name for name in ("text", "pair") if name in split.column_names],
        cache_file_name=str(cache),
        load_from_cache_file=False,
    )
    return mapped, truncated
