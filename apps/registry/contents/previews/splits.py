"""Subsets and splits of a dataset, with the files of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from apps.registry.gitstore import Entry, GitRepo
from apps.toolchain.contracts import translate_message
from apps.toolchain.dataset_files.layout import LayoutError, Subset, default_subset, is_data_file, subsets_of

WALK_LIMIT = 20_000


@dataclass(slots=True)
class Split:
    """The files of a split, in the order in which they are read."""

    subset: str
    name: str
    files: list[Entry] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Layout:
    """The splits of a dataset.

    default  subset that is read if none is named, "" if one has to be named
    problem  why there are no splits, "" for a dataset without data files
    """

    splits: list[Split]
    default: str = ""
    problem: str = ""


def layout_of(git: GitRepo, sha: str, card: Mapping[str, Any]) -> Layout:
    """Return the splits that jobs and the `datasets` library find in a commit."""
    walked = islice(git.tree(sha, recursive=True), WALK_LIMIT)
    files = {one.path: one for one in walked if one.is_file and is_data_file(one.path)}
    if not files:
        return Layout([])
    try:
        subsets = subsets_of(files, card)
        return _layout(subsets, files, default_subset(subsets) or "")
    except LayoutError as error:
        return Layout([], problem=translate_message(_, error.args[0]))


def _layout(subsets: Mapping[str, Subset], files: Mapping[str, Entry], default: str) -> Layout:
    splits = [
        Split(subset.name, name, [files[path] for path in paths])
        for subset in subsets.values()
        for name, paths in subset.splits.items()
    ]
    return Layout(splits, default, "" if splits else _first_problem(subsets.values()))


def _first_problem(subsets: Iterable[Subset]) -> str:
    return next((translate_message(_, one.problem) for one in subsets if one.problem), "")
