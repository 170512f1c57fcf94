"""Reading a dataset repository on disk: CSV, JSON lines and Parquet, by the card's configs or by file names."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Mapping
from glob import escape
from pathlib import Path

import pyarrow as pa
from datasets import Dataset, DatasetDict, load_dataset
from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

from ..faults import YourFault
from .data_files import READERS, card_configs, reading_of

TEXT_SUFFIXES = tuple(suffix for suffix, reader in READERS.items() if reader != "parquet")
CHUNK_BYTES = 1024 * 1024


def read_splits(folder: Path, cache: Path, *, subset: str) -> dict[str, Dataset]:
    """Return the splits of a dataset repository, memory-mapped.

    subset  name of a configuration of the card, "" for the default one
    raises  YourFault if there is nothing to read, or something in it that cannot be read
    """
    files = [path for path in sorted(folder.rglob("*")) if is_readable(path, folder)]
    if not files:
        raise YourFault("dataset_unreadable", "The dataset has no CSV, JSON lines or Parquet file.")
    for file in files:
        need_utf8(file, folder)
    configs = card_configs(folder)
    name = name_of_subset(configs, subset)
    reading = reading_of(folder, name, configs[name], files)
    paths = {split: [escape(str(file)) for file in chosen] for split, chosen in reading.splits.items()}
    try:
        found = load_dataset(
            reading.reader,
            data_files=paths,
            features=reading.features,
            cache_dir=str(cache),
            **reading.options,
        )
    except DatasetGenerationError as error:
        raise YourFault("dataset_unreadable", f"The dataset could not be read: {reason(error)}") from error
    except ValueError as error:
        if "corresponds to no data" in str(error):
            raise YourFault("split_empty", "A split of the dataset has no rows.") from error
        raise YourFault("dataset_unreadable", f"The dataset could not be read: {reason(error)}") from error
    except (DatasetNotFoundError, TypeError, FileNotFoundError, pa.ArrowException) as error:
        raise YourFault("dataset_unreadable", f"The dataset could not be read: {reason(error)}") from error
    return dict(found) if isinstance(found, DatasetDict) else {"train": found}


def is_readable(path: Path, folder: Path) -> bool:
    """Say whether a file is data of the repository itself; two colons in its name would be an address to the reader."""
    inner = path.relative_to(folder)
    is_own_file = path.is_file() and not path.is_symlink() and ".cache" not in inner.parts
    return is_own_file and path.suffix.lower() in READERS and "::" not in inner.as_posix()


def name_of_subset(names: Collection[str], subset: str) -> str:
    """Return the configuration to load.

    raises  YourFault if the dataset lacks it, or has several and none was named
    """
    if subset and subset not in names:
        raise YourFault("subset_missing", f"The dataset has no subset {subset!r}. It has {listed(names)}.")
    if subset or "default" in names or len(names) == 1:
        return subset or ("default" if "default" in names else next(iter(names)))
    raise YourFault("subset_missing", f"The dataset has several subsets: name one of {listed(names)}.")


def split_named(splits: Mapping[str, Dataset], name: str) -> Dataset:
    """Return one split.

    raises  YourFault if it is absent or has no rows
    """
    if name not in splits:
        raise YourFault("split_missing", f"The dataset has no split {name!r}. It has {listed(splits)}.")
    if len(splits[name]) == 0:
        raise YourFault("split_empty", f"The split {name!r} has no rows.")
    return splits[name]


def column_of(split: Dataset, column: str, split_name: str) -> pa.ChunkedArray:
    """Return one column as an Arrow array.

    raises  YourFault if the split lacks it
    """
    if column not in split.column_names:
        raise YourFault(
            "column_missing",
            f"The split {split_name!r} has no column {column!r}. It has {listed(split.column_names)}.",
        )
    return split.with_format("arrow")[:][column]


def need_utf8(file: Path, folder: Path) -> None:
    """Refuse a text file that is not UTF-8, naming the first wrong byte."""
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
                sentence = f"{name} is not UTF-8 text: byte {position + error.start} is wrong. Save the file as UTF-8 and commit it."
                raise YourFault("dataset_encoding", sentence) from None
            if not chunk:
                return
            position += len(chunk)


def reason(error: BaseException) -> str:
    """Return the first line of the innermost cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]


def listed(names: object) -> str:
    """Return at most ten names in a row."""
    some = [str(name) for name in names]  # type: ignore[attr-defined]
    return ", ".join(some[:10]) + (f" and {len(some) - 10} more" if len(some) > 10 else "")
