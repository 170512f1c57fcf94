"""Which files of a dataset repository are read, and how: its card may choose among what was downloaded, and no more."""

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

from ..faults import YourFault

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
# What a card may say to a reader. Nothing else is passed on: readers also take addresses, programs and other people's files.
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
class Reading:
    """What to read of a subset.

    reader   csv, json or parquet
    splits   files of each split
    options  the reader's
    """

    reader: str
    splits: dict[str, list[Path]]
    options: dict[str, Any]
    features: Features | None = None


def card_configs(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the card's configurations by name; one without a word if it has none.

    raises  YourFault if they make no sense
    """
    configs = (card_facts(folder) or {}).get("configs")
    if configs is None:
        return {"default": {}}
    if (
        not isinstance(configs, list)
        or not configs
        or not all(isinstance(config, dict) for config in configs)
    ):
        raise senseless("configs is not a list of configurations")
    named = {str(config.get("config_name", "default")): dict(config) for config in configs}
    if len(named) != len(configs):
        raise senseless("two configurations have the same name")
    return named


def card_facts(folder: Path) -> dict[str, Any] | None:
    card = folder / "README.md"
    try:
        return metadata_load(card) if card.is_file() else None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise senseless(str(error).splitlines()[0] if str(error) else "it is not YAML") from error


def senseless(why: str) -> YourFault:
    return YourFault("dataset_unreadable", f"The card of the dataset makes no sense: {why[:300]}.")


def reading_of(folder: Path, name: str, config: Mapping[str, Any], files: Collection[Path]) -> Reading:
    """Return what a configuration reads of the downloaded files.

    files   paths below `folder`
    raises  YourFault if the card names anything else, or has an option that is none
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
    return Reading(
        reader,
        {split: chosen for split, chosen in fitting.items() if chosen},
        options,
        features_of(folder, name),
    )


def splits_of(folder: Path, config: Mapping[str, Any], files: Collection[Path]) -> dict[str, list[Path]]:
    """Return the files of each split: those that the card names, else by the files' names."""
    data_dir = config.get("data_dir")
    base = folder.resolve() / (inside(data_dir, "data_dir") if data_dir else "")
    place = escape(str(base))
    try:
        patterns = (
            sanitize_patterns(config["data_files"]) if config.get("data_files") else get_data_patterns(place)
        )
        found = {
            split: matching(patterns[split], place, files, is_named="data_files" in config)
            for split in patterns
        }
    except (ValueError, TypeError) as error:
        raise senseless(str(error).splitlines()[0]) from error
    except FileNotFoundError:
        raise YourFault(
            "dataset_unreadable", "The dataset has no file where its card says that they are."
        ) from None
    found = {split: chosen for split, chosen in found.items() if chosen}
    if not found:
        raise YourFault(
            "dataset_unreadable",
            "The dataset has no CSV, JSON lines or Parquet file where its card says that they are.",
        )
    return found


def matching(
    patterns: Iterable[object], place: str, files: Collection[Path], *, is_named: bool
) -> list[Path]:
    """Return the downloaded files that patterns name, each once.

    raises  YourFault for a pattern that leads elsewhere, or that the card names and no file fits
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        text = inside(pattern, "data_files")
        try:
            chosen = [path for path in map(Path, resolve_pattern(text, place)) if path in files]
        except FileNotFoundError:
            chosen = []
        if not chosen and is_named:
            sentence = f"The card names the data files {text[:200]!r}, but no CSV, JSON lines or Parquet file of the dataset fits."
            raise YourFault("dataset_unreadable", sentence)
        found |= dict.fromkeys(chosen)
    return list(found)


def inside(value: object, field: str) -> str:
    """Return a path or pattern that stays in the repository.

    raises  YourFault for an absolute one, one that climbs, an address, and anything but text
    """
    if not isinstance(value, str):
        raise senseless(f"a value of {field} is not text")
    leaves = (
        value.startswith(("/", "~"))
        or ".." in PurePosixPath(value).parts
        or "::" in value
        or ":/" in value
        or "\\" in value
    )
    if leaves or "\0" in value or not value.strip():
        sentence = f"The card names {value[:200]!r} as {field}. Jobs read files of the dataset's own repository alone, by relative paths."
        raise YourFault("dataset_unreadable", sentence)
    return value


def reader_options(config: Mapping[str, Any], reader: str) -> dict[str, Any]:
    """Return the options that a configuration gives its reader.

    raises  YourFault for an option or a value that is not on the list
    """
    options: dict[str, Any] = (
        {"keep_default_na": False} if reader == "csv" else {}
    )  # NA and None are text, not absence
    for name, value in config.items():
        if name in OWN_KEYS or value is None or value in PLAIN_OPTIONS.get(name, ()):
            continue
        if not is_allowed(name, value, OPTIONS[reader].get(name, ())):
            sentence = f"The card's configuration has the option {name}: {str(value)[:100]!r}, which jobs do not take for {reader} files."
            raise YourFault("dataset_unreadable", sentence)
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
    """Return the types that the card gives the columns, if all are text, numbers and classes.

    raises  YourFault if they make no sense
    """
    try:
        infos = DatasetInfosDict.from_directory(str(folder))
    except Exception as error:
        raise senseless(f"dataset_info: {str(error)[:200]}") from error
    info = infos.get(name) or (next(iter(infos.values())) if len(infos) == 1 else None)
    features = info.features if info else None
    return features if features and all(map(is_plain, features.values())) else None


def is_plain(feature: object) -> bool:
    """Say whether a column holds values; pictures and sounds may be paths."""
    if isinstance(feature, List | LargeList):
        return is_plain(feature.feature)
    return isinstance(feature, Value | ClassLabel)
