"""Reads the splits of a downloaded dataset from CSV, JSON Lines and Parquet files."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from glob import escape
from pathlib import Path

import pyarrow as pa
from datasets import Dataset, DatasetDict, load_dataset
from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

from apps.toolchain.dataset_files.layout import READERS, LayoutError, Subset, default_subset

from ..describe import join_names, reason
from ..faults import UserFault
from .data_files import data_source, subsets_in

TEXT_SUFFIXES = tuple(suffix for suffix, reader in READERS.items() if reader != "parquet")
CHUNK_BYTES = 1024 * 1024
READ_ERRORS = (
    DatasetGenerationError,
    DatasetNotFoundError,
    ValueError,
    TypeError,
    FileNotFoundError,
    pa.ArrowException,
)


def read_splits(folder: Path, cache: Path, *, subset: str) -> dict[str, Dataset]:
    """Return the splits of a dataset repository, memory-mapped.

    subset  name of a configuration in the card, "" for the default one
    raises  UserFault if there is no data or it cannot be read
    """
    subsets = subsets_in(folder)
    chosen = subsets[name_of_subset(subsets, subset)]
    reading = data_source(folder, chosen)
    for file in sorted(file for files in reading.splits.values() for file in files):
        check_utf8(file, folder)
    paths = {split: [escape(str(file)) for file in files] for split, files in reading.splits.items()}
    try:
        found = load_dataset(
            reading.reader,
            data_files=paths,
            features=reading.features,
            cache_dir=str(cache),
            **reading.options,
        )
    except READ_ERRORS as error:
        if "corresponds to no data" in str(error):
            raise UserFault("split_empty", "A split of the dataset has no rows.") from error
        raise UserFault("dataset_unreadable", f"The dataset could not be read: {reason(error)}") from error
    return dict(found) if isinstance(found, DatasetDict) else {"train": found}


def name_of_subset(subsets: Mapping[str, Subset], subset: str) -> str:
    """Return the name of the subset to load.

    raises  UserFault if it does not exist, or if none was chosen and there are several
    """
    if subset and subset not in subsets:
        raise UserFault(
            "subset_missing", f"The dataset has no subset {subset!r}. It has {join_names(subsets)}."
        )
    try:
        chosen = subset or default_subset(subsets)
    except LayoutError as error:
        raise UserFault("dataset_unreadable", str(error)) from error
    if chosen is None:
        names = join_names(subsets)
        raise UserFault("subset_missing", f"The dataset has several subsets. Choose one of {names}.")
    return chosen


def split_named(splits: Mapping[str, Dataset], name: str) -> Dataset:
    """Return one split.

    raises  UserFault if it does not exist or has no rows
    """
    if name not in splits:
        raise UserFault("split_missing", f"The dataset has no split {name!r}. It has {join_names(splits)}.")
    if len(splits[name]) == 0:
        raise UserFault("split_empty", f"The split {name!r} has no rows.")
    return splits[name]


def column_of(split: Dataset, column: str, split_name: str) -> pa.ChunkedArray:
    """Return one column as an Arrow array.

    raises  UserFault if it does not exist
    """
    if column not in split.column_names:
        raise UserFault(
            "column_missing",
            f"The split {split_name!r} has no column {column!r}. It has {join_names(split.column_names)}.",
        )
    return split.with_format("arrow")[:][column]


def check_utf8(file: Path, folder: Path) -> None:
    """Reject a text file that is not UTF-8, naming the first invalid byte."""
    if file.suffix.lower() not in TEXT_SUFFIXES:
        return
    decoder, position = codecs.getincrementaldecoder("utf-8")(), 0
    with file.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                name = file.relative_to(folder).as_posix()
                problem = f"{name} is not valid UTF-8: byte {position + error.start} is invalid."
                raise UserFault(
                    "dataset_encoding", f"{problem} Save the file as UTF-8 and commit it."
                ) from None
            if not chunk:
                return
            position += len(chunk)
