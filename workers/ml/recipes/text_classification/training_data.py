"""From a dataset repository to tokenised splits for training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from ...faults import YourFault
from ...run import Run
from ..tables import read_splits, split_named
from .labelled import as_dataset, class_names, held_back, label_column, numbered, shared_texts, text_column

FEWEST_ROWS = 4


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Splits with the columns `text` and `labels`. validation_name: how the card calls the validation split."""

    labels: list[str]
    train: Dataset
    validation: Dataset
    validation_name: str
    test: Dataset | None

    def leaks(self) -> dict[str, int]:
        """Return how many texts of each held-out split are in the training split too."""
        seen = self.train.with_format("arrow")[:]["text"]
        held = {"validation": self.validation, "test": self.test}
        return {
            name: shared_texts(split.with_format("arrow")[:]["text"], seen)
            for name, split in held.items()
            if split is not None
        }

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each split that was used."""
        counted = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: len(split) for name, split in counted.items() if split is not None}


def read_training_data(run: Run) -> TrainingData:
    """Read and check the splits that the parameters name.

    raises  YourFault
    """
    params = run.spec.params
    splits = read_splits(run.dataset_folder, run.folder.run / "cache", subset=params["subset"])
    train_split = split_named(splits, params["train_split"])
    raw = label_column(train_split, params["label_column"], params["train_split"])
    labels = class_names(train_split, raw, params["label_column"], params["labels"])

    def read(name: str) -> Dataset:
        split = split_named(splits, name)
        texts = text_column(split, params["text_column"], name)
        return as_dataset(texts, numbered(label_column(split, params["label_column"], name), labels, name))

    train, validation = read(params["train_split"]), params["validation_split"]
    if len(train) < FEWEST_ROWS:
        raise YourFault(
            "rows_too_few",
            f"The split {params['train_split']!r} has {len(train)} rows; training needs {FEWEST_ROWS}.",
        )
    test = read(params["test_split"]) if params["test_split"] else None
    if is_share(validation):
        train, held = hold_back(train, float(validation), run.spec.seed)
        return TrainingData(labels, train, held, f"{float(validation):.0%} of {params['train_split']}", test)
    return TrainingData(labels, train, read(validation), validation, test)


def is_share(value: str) -> bool:
    """Say whether a validation split is a share rather than a name."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def hold_back(train: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Divide the training rows into those that train and those that validate.

    raises  YourFault if one side would be empty
    """
    labels = np.asarray(train.with_format("numpy")[:]["labels"])
    chosen = held_back(labels, share, seed)
    kept = np.setdiff1d(np.arange(len(train)), chosen)
    if not len(chosen) or not len(kept):
        raise YourFault("rows_too_few", "There are too few rows to hold some back for validation.")
    return train.select(kept), train.select(chosen)


def tokenised(split: Dataset, tokenizer: PreTrainedTokenizerBase, *, max_length: int, cache: Path) -> Dataset:
    """Return the split as token ids, cut at `max_length`, on disk rather than in memory."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    return split.map(
        lambda rows: tokenizer(rows["text"], truncation=True, max_length=max_length),
        batched=True,
        remove_columns=["text"],
        cache_file_name=str(cache),
        load_from_cache_file=False,
    )
