"""Reads a dataset repository and prepares tokenized splits for training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from ...context import RecipeContext
from ...faults import UserFault
from ...training.tables import read_splits, split_named
from .columns import (
    class_names,
    count_shared_texts,
    encode_labels,
    label_column,
    stratified_sample,
    text_column,
    to_dataset,
)

MIN_ROWS = 4


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Splits with the columns `text` and `labels`.

    validation_name  name of the validation split for the card
    """

    labels: list[str]
    train: Dataset
    validation: Dataset
    validation_name: str
    test: Dataset | None

    def leaks(self) -> dict[str, int]:
        """Return how many texts of each held-out split also occur in the training split."""
        seen = self.train.with_format("arrow")[:]["text"]
        held = {"validation": self.validation, "test": self.test}
        return {
            name: count_shared_texts(split.with_format("arrow")[:]["text"], seen)
            for name, split in held.items()
            if split is not None
        }

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each split."""
        counted = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: len(split) for name, split in counted.items() if split is not None}


def read_training_data(context: RecipeContext) -> TrainingData:
    """Read and validate the splits that the parameters name.

    raises  UserFault
    """
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    train_split = split_named(splits, params["train_split"])
    raw = label_column(train_split, params["label_column"], params["train_split"])
    labels = class_names(train_split, raw, params["label_column"], params["labels"])

    def read(name: str) -> Dataset:
        split = split_named(splits, name)
        texts = text_column(split, params["text_column"], name)
        return to_dataset(
            texts, encode_labels(label_column(split, params["label_column"], name), labels, name)
        )

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
) -> Dataset:
    """Return the split as token ids, truncated to `max_length` and stored on disk."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    return split.map(
        lambda rows: tokenizer(rows["text"], truncation=True, max_length=max_length),
        batched=True,
        remove_columns=["text"],
        cache_file_name=str(cache),
        load_from_cache_file=False,
    )
