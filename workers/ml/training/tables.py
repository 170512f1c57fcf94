"""Reads the splits of a downloaded dataset from CSV, JSON Lines and Parquet files."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from glob import escape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, load_dataset
from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

from apps.toolchain.dataset_files.layout import READERS, LayoutError, Subset, default_subset

from ..describe import join_names, reason
from ..faults import UserFault
from .data_files import DataSource, data_source, subsets_in

TEXT_SUFFIXES = tuple(suffix for suffix, reader in READERS.items() if reader != "parquet")
CHUNK_BYTES = 1024 * 1024
PROBLEM_LIMIT = 600
READ_ERRORS = (
    DatasetGenerationError,
    DatasetNotFoundError,
    ValueError,
    TypeError,
    FileNotFoundError,
    pa.ArrowException,
)


class Splits(Mapping[str, Dataset]):
    """The splits of a subset, memory-mapped; each is read when it is first asked for.

    Splits need not have the same columns, and one that cannot be read spoils no other.
    raises  UserFault if there is no data or it cannot be read
    """

    def __init__(self, folder: Path, source: DataSource, cache: Path) -> None:
        self.folder, self.source, self.cache = folder, source, cache
        self._read: dict[str, Dataset] = {}

    def __getitem__(self, name: str) -> Dataset:
        if name not in self._read:
            files = self.source.splits[name]
            for file in files:
                check_utf8(file, self.folder)
            self._read[name] = self._load(name, files)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self.source.splits

    def __iter__(self) -> Iterator[str]:
        return iter(self.source.splits)

    def __len__(self) -> int:
        return len(self.source.splits)

    def _load(self, name: str, files: Sequence[Path]) -> Dataset:
        try:
            return load_dataset(
                self.source.reader,
                data_files={name: [escape(str(file)) for file in files]},
                features=self.source.features,
                cache_dir=str(self.cache),
                split=name,
                **self.source.options,
            )
        except (*READ_ERRORS, StopIteration) as error:
            # the reader of JSON lines ends with StopIteration if there is none
            if isinstance(error, StopIteration) or "corresponds to no data" in str(error):
                raise UserFault("split_empty", f"The split {name!r} of the dataset has no rows.") from error
            problem = reading_problem(error, self.source, files, self.folder)
            message = f"The split {name!r} could not be read: {problem}"
            raise UserFault("dataset_unreadable", message) from error


def reading_problem(error: Exception, source: DataSource, files: Sequence[Path], folder: Path) -> str:
    """Return what is wrong, in which file, with paths as in the repository."""
    words = odd_columns(source, files, folder) if len(files) > 1 else ""
    if not words:
        words = reason(error)
        if len(files) == 1 and files[0].name not in words:
            words = f"{files[0].relative_to(folder).as_posix()}: {words}"
    return words.replace(f"{folder}/", "")[:PROBLEM_LIMIT]


def odd_columns(source: DataSource, files: Sequence[Path], folder: Path) -> str:
    """Return which file is the first with other columns than the one before it, or unreadable; else ""."""
    before: tuple[str, set[str]] | None = None
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            columns = columns_of(source, file)
        except (*READ_ERRORS, StopIteration) as error:
            return f"{name}: {reason(error)}"
        if before and columns != before[1]:
            others = f"{before[0]} has {join_names(sorted(before[1]))}"
            return f"{name} has the columns {join_names(sorted(columns))}, but {others}."
        before = name, columns
    return ""


def columns_of(source: DataSource, file: Path) -> set[str]:
    """Return the names of a file's columns, by its first row."""
    found = {"train": [escape(str(file))]}
    rows = load_dataset(source.reader, data_files=found, split="train", streaming=True, **source.options)
    return set(next(iter(rows)))


def read_splits(folder: Path, cache: Path, *, subset: str) -> Splits:
    """Return the splits of a dataset repository.

    subset  name of a configuration in the card, "" for the default one
    raises  UserFault if there is no data
    """
    subsets = subsets_in(folder)
    chosen = subsets[name_of_subset(subsets, subset)]
    return Splits(folder, data_source(folder, chosen), cache)


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
    """Return one column as an Arrow array; `review.text` is the field `text` of the column `review`.

    raises  UserFault if it does not exist
    """
    name, *fields = [column] if column in split.column_names else column.split(".")
    if name in split.column_names:
        values = split.with_format("arrow")[:][name]
        if all_fields(values.type, fields):
            return pc.struct_field(values, fields) if fields else values
    raise UserFault(
        "column_missing",
        f"The split {split_name!r} has no column {column!r}. It has {join_names(split.column_names)}.",
    )


def all_fields(kind: pa.DataType, fields: Sequence[str]) -> bool:
    """Return whether a type has a field, which has the next one, and so on."""
    for name in fields:
        if not pa.types.is_struct(kind) or kind.get_field_index(name) < 0:
            return False
        kind = kind.field(name).type
    return True


def feature_of(split: Dataset, column: str) -> Any:
    """Return the library's type of a column, or of a field within it."""
    if column in split.column_names:
        return split.features[column]
    name, *fields = column.split(".")
    feature = split.features[name]
    for field in fields:
        feature = feature[field]
    return feature


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
