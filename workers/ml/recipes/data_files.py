"""Which downloaded files of a dataset are read, and how; the card may only choose among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from datasets.data_files import get_data_patterns, resolve_pattern, sanitize_patterns
from datasets.features import ClassLabel, Features, LargeList, List, Value
from datasets.info import DatasetInfosDict
from huggingface_hub import metadata_load

from ..faults import UserFault

READERS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
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


def card_configs(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the card's configurations by name, or one empty default configuration.

    raises  UserFault if they are invalid
    """
    configs = (card_facts(folder) or {}).get("configs")
    if configs is None:
        return {"default": {}}
    if (
        not isinstance(configs, list)
        or not configs
        or not all(isinstance(config, dict) for config in configs)
    ):
        raise invalid_card("configs must be a list of configurations")
    named = {str(config.get("config_name", "default")): dict(config) for config in configs}
    if len(named) != len(configs):
        raise invalid_card("two configurations have the same name")
    return named


def card_facts(folder: Path) -> dict[str, Any] | None:
    card = folder / "README.md"
    try:
        return metadata_load(card) if card.is_file() else None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise invalid_card(str(error).splitlines()[0] if str(error) else "it is not YAML") from error


def invalid_card(reason: str) -> UserFault:
    return UserFault("dataset_unreadable", f"The dataset card is invalid: {reason[:300]}.")


def data_source(folder: Path, name: str, config: Mapping[str, Any], files: Collection[Path]) -> DataSource:
    """Return what a configuration reads from the downloaded files.

    files   paths below `folder`
    raises  UserFault if the card names other files or has an option that is not allowed
    """
    splits = splits_of(folder, config, {file.resolve() for file in files})
    kinds = Counter(file.suffix.lower() for chosen in splits.values() for file in chosen)
    suffix = max(sorted(kinds), key=lambda one: kinds[one])
    reader = READERS[suffix]
    options = reader_options(config, reader)
    if suffix == ".tsv" and not {"sep", "delimiter"} & set(options):
        options["sep"] = "\t"
    fitting = {
        split: [file for file in chosen if READERS[file.suffix.lower()] == reader]
        for split, chosen in splits.items()
    }
    return DataSource(
        reader,
        {split: chosen for split, chosen in fitting.items() if chosen},
        options,
        features_of(folder, name),
    )


def splits_of(folder: Path, config: Mapping[str, Any], files: Collection[Path]) -> dict[str, list[Path]]:
    """Return the files of each split, as named by the card or else inferred from file names."""
    data_dir = config.get("data_dir")
    base = folder.resolve() / (relative_path(data_dir, "data_dir") if data_dir else "")
    place = escape(str(base))
    try:
        patterns = (
            sanitize_patterns(config["data_files"]) if config.get("data_files") else get_data_patterns(place)
        )
        found = {
            split: matching_files(patterns[split], place, files, is_named="data_files" in config)
            for split in patterns
        }
    except (ValueError, TypeError) as error:
        raise invalid_card(str(error).splitlines()[0]) from error
    except FileNotFoundError:
        raise no_files() from None
    found = {split: chosen for split, chosen in found.items() if chosen}
    if not found:
        raise no_files()
    return found


def no_files() -> UserFault:
    message = "The dataset has no CSV, JSON Lines or Parquet files in the places that its card names."
    return UserFault("dataset_unreadable", message)


def matching_files(
    patterns: Iterable[object], place: str, files: Collection[Path], *, is_named: bool
) -> list[Path]:
    """Return the downloaded files that match the patterns, each once.

    raises  UserFault for a pattern that leaves the repository, or one of the card that matches no file
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        text = relative_path(pattern, "data_files")
        try:
            chosen = [path for path in map(Path, resolve_pattern(text, place)) if path in files]
        except FileNotFoundError:
            chosen = []
        if not chosen and is_named:
            problem = "match no CSV, JSON Lines or Parquet file of the dataset"
            raise UserFault("dataset_unreadable", f"The card's data_files {text[:200]!r} {problem}.")
        found |= dict.fromkeys(chosen)
    return list(found)


def relative_path(value: object, field: str) -> str:
    """Return a path or pattern that stays inside the repository.

    raises  UserFault for absolute paths, parent folders, addresses and values that are not strings
    """
    if not isinstance(value, str):
        raise invalid_card(f"{field} must be a string")
    is_absolute = value.startswith(("/", "~"))
    is_address = any(part in value for part in ("::", ":/", "\\", "\0"))
    if is_absolute or is_address or ".." in PurePosixPath(value).parts or not value.strip():
        rule = "Jobs only read files of the dataset's own repository, named by relative paths."
        raise UserFault("dataset_unreadable", f"The card sets {field} to {value[:200]!r}. {rule}")
    return value


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
