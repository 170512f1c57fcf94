"""Finds the data files of a dataset and groups them by subset and split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from apps.registry.formats.tables.rows import format_of
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.gitstore.attributes import Pattern

WALK_LIMIT, FILES_LIMIT, SUBSETS_LIMIT, PATTERN_LIMIT = 20_000, 2_000, 100, 300
DEFAULT = "default"
SPLIT_WORDS = {
    "train": "train|training",
    "validation": "validation|valid|dev|val",
    "test": "test|testing|eval|evaluation",
}
SPLIT_PATTERNS = {
    split: re.compile(rf"(?:^|[-._ /0-9])(?:{words})(?:[-._ /0-9]|$)", re.IGNORECASE)
    for split, words in SPLIT_WORDS.items()
}


@dataclass(slots=True)
class Split:
    """The files of a split, ordered by name."""

    subset: str
    name: str
    files: list[Entry] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)


def splits_of(git: GitRepo, sha: str, card: Mapping[str, Any]) -> list[Split]:
    """Return the splits declared in the card (`configs`), else those guessed from file names.

    source  the `datasets` library: data_files.py, splits by keywords train, validation, test
    """
    files = _data_files(git, sha)
    declared = list(_declared_splits(card.get("configs"), files))
    return declared or _guessed_splits(files)


def _data_files(git: GitRepo, sha: str) -> list[Entry]:
    walked = islice(git.tree(sha, recursive=True), WALK_LIMIT)
    found = (
        one
        for one in walked
        if one.is_file and format_of(one.path) and not one.path.startswith(".") and "/." not in one.path
    )
    kept = [
        one
        for one in found
        if not one.path.rpartition("/")[2].startswith(("config.", "dataset_info", "dataset_dict", "state."))
    ]
    return sorted(kept[:FILES_LIMIT], key=lambda one: one.path)


def _guessed_splits(files: Iterable[Entry]) -> list[Split]:
    by_name: dict[str, Split] = {}
    for entry in files:
        name = split_of(entry.path)
        by_name.setdefault(name, Split(DEFAULT, name)).files.append(entry)
    return sorted(by_name.values(), key=lambda one: list(SPLIT_WORDS).index(one.name))


def split_of(path: str) -> str:
    """Return the split named by a path: by file name, then by folders, else `train`."""
    folder, _, name = path.rpartition("/")
    for text in (name, folder):
        for split, pattern in SPLIT_PATTERNS.items():
            if pattern.search(text):
                return split
    return "train"


def _declared_splits(configs: Any, files: list[Entry]) -> Iterable[Split]:
    for config in configs[:SUBSETS_LIMIT] if isinstance(configs, list) else []:
        if not isinstance(config, dict):
            continue
        subset = str(config.get("config_name") or DEFAULT)[:100]
        for name, patterns in _named_patterns(config.get("data_files")):
            matched = [
                entry for entry in files if any(one.matches(entry.path.split("/")) for one in patterns)
            ]
            if matched:
                yield Split(subset, name[:100], matched)


def _named_patterns(data_files: Any) -> Iterable[tuple[str, list[Pattern]]]:
    """Yield the path patterns of each split.

    data_files  a pattern, a list of patterns, a mapping, or a list of {split, path}
    """
    if isinstance(data_files, str) or (
        isinstance(data_files, list) and data_files and all(isinstance(one, str) for one in data_files)
    ):
        yield "train", _patterns(data_files)
    elif isinstance(data_files, dict):
        yield from (
            (str(split), _patterns(paths)) for split, paths in list(data_files.items())[:SUBSETS_LIMIT]
        )
    elif isinstance(data_files, list):
        for one in data_files[:SUBSETS_LIMIT]:
            if isinstance(one, dict) and one.get("split"):
                yield str(one["split"]), _patterns(one.get("path"))


def _patterns(paths: Any) -> list[Pattern]:
    texts = [
        one
        for one in (paths if isinstance(paths, list) else [paths])
        if isinstance(one, str) and 0 < len(one) <= PATTERN_LIMIT
    ]
    return [
        Pattern(tuple(part for part in text.removeprefix("./").split("/") if part))
        for text in texts[:SUBSETS_LIMIT]
    ]
