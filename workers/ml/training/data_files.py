"""Which downloaded files of a dataset are read, and how; the card may only choose among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from datasets.features import ClassLabel, Features, LargeList, List, Value
from datasets.info import DatasetInfosDict
from huggingface_hub import metadata_load

from apps.toolchain.dataset_files.layout import LayoutError, Subset, subsets_of

from ..faults import UserFault

OWN_KEYS = {"config_name", "data_files", "data_dir", "default", "description", "version", "drop_labels"}
ONE_CHARACTER = {
    "sep",
    "delimiter",
    "quotechar",
    "escapechar",
    "comment",
    "thousands",
    "decimal",
    "lineterminator",
}
# Options that a card may pass to a reader. Others could name URLs, programs or files outside the dataset.
OPTIONS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "csv": {
        **dict.fromkeys(ONE_CHARACTER, (str,)),
        "header": (int, str),
        "names": (list,),
        "column_names": (list,),
        "usecols": (list,),
        "true_values": (list,),
        "false_values": (list,),
        "na_values": (str, list),
        "keep_default_na": (bool,),
        "na_filter": (bool,),
        "skipinitialspace": (bool,),
        "skip_blank_lines": (bool,),
        "skiprows": (int, list),
        "nrows": (int,),
        "quoting": (int,),
        "doublequote": (bool,),
    },
    "json": {"field": (str,)},
    "parquet": {"columns": (list,)},
}
OTHER_SEPARATORS = (";", "\t", "|")
HEAD_LIMIT_BYTES = 64 * 1024
PLAIN_OPTIONS = {"encoding": ("utf-8", "utf8", "utf_8", "utf-8-sig")}


@dataclass(frozen=True, slots=True)
class DataSource:
    """What to read for a subset.

    reader   csv, json or parquet
    splits   files of each split
    options  options of the reader
    """

    reader: str
    splits: dict[str, list[Path]]
    options: dict[str, Any]
    features: Features | None = None


def subsets_in(folder: Path) -> dict[str, Subset]:
    """Return the subsets of a downloaded dataset.

    raises  UserFault if the card is invalid
    """
    paths = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if is_own_file(path)]
    try:
        return subsets_of(paths, card_facts(folder) or {})
    except LayoutError as error:
        raise UserFault("dataset_unreadable", str(error)) from error


def is_own_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def card_facts(folder: Path) -> dict[str, Any] | None:
    card = folder / "README.md"
    try:
        return metadata_load(card) if card.is_file() else None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise invalid_card(str(error).splitlines()[0] if str(error) else "it is not YAML") from error


def invalid_card(reason: str) -> UserFault:
    return UserFault("dataset_unreadable", f"The dataset card is invalid: {reason[:300]}.")


def data_source(folder: Path, subset: Subset) -> DataSource:
    """Return what to read for a subset.

    raises  UserFault if it has no files, or if the card has an option that is not allowed
    """
    if subset.problem:
        raise UserFault("dataset_unreadable", subset.problem)
    options = reader_options(subset.options, subset.reader)
    splits = {split: [folder / path for path in paths] for split, paths in subset.splits.items()}
    if subset.reader == "csv" and not {"sep", "delimiter"} & set(options):
        separator = "\t" if subset.suffix == ".tsv" else guess_separator(next(iter(splits.values()))[0])
        options |= {"sep": separator} if separator else {}
    return DataSource(subset.reader, splits, options, features_of(folder, subset.name))


def guess_separator(file: Path) -> str:
    """Return what separates the columns of a CSV file whose head has no comma, as the viewer does."""
    with file.open("rb") as stream:
        head = stream.readline(HEAD_LIMIT_BYTES).decode("utf-8", "replace")
    found = max(OTHER_SEPARATORS, key=head.count)
    return found if "," not in head and found in head else ""


def reader_options(config: Mapping[str, Any], reader: str) -> dict[str, Any]:
    """Return the options that a configuration gives its reader.

    raises  UserFault for an option or value that is not allowed
    """
    # in CSV files, NA and None are text rather than missing values
    options: dict[str, Any] = {"keep_default_na": False} if reader == "csv" else {}
    for name, value in config.items():
        if name in OWN_KEYS or value is None or value in PLAIN_OPTIONS.get(name, ()):
            continue
        if not is_allowed(name, value, OPTIONS[reader].get(name, ())):
            option = f"{name}: {str(value)[:100]!r}"
            message = (
                f"The card's configuration has the option {option}, which is not allowed for {reader} files."
            )
            raise UserFault("dataset_unreadable", message)
        options[name] = value
    return options


def is_allowed(name: str, value: Any, types: tuple[type, ...]) -> bool:
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return False
    if isinstance(value, list):
        return all(isinstance(item, str | int) for item in value)
    if name in ONE_CHARACTER:
        return len(str(value)) == 1
    return name != "header" or value == "infer" or isinstance(value, int)


def features_of(folder: Path, name: str) -> Features | None:
    """Return the column types from the card, if all are strings, numbers and classes.

    raises  UserFault if they are invalid
    """
    try:
        infos = DatasetInfosDict.from_directory(str(folder))
    except Exception as error:
        raise invalid_card(f"dataset_info: {str(error)[:200]}") from error
    info = infos.get(name) or (next(iter(infos.values())) if len(infos) == 1 else None)
    features = info.features if info else None
    return features if features and all(map(is_plain_feature, features.values())) else None


def is_plain_feature(feature: object) -> bool:
    """Return whether a column holds plain values; images and audio may be paths."""
    if isinstance(feature, List | LargeList):
        return is_plain_feature(feature.feature)
    return isinstance(feature, Value | ClassLabel)
