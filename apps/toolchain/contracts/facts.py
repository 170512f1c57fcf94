"""What a recipe may know of the repositories before a job is ordered, and helpers to suggest parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the hub knows of a model; empty means unknown.

    task           as on the model's page, such as "text-classification"
    architectures  class names in its config.json
    files          names of the files at its root
    """

    task: str = ""
    library: str = ""
    architectures: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of the first rows.

    kind      text, integer, number, boolean, list, …; "" if unknown
    is_class  whether it has few distinct values
    """

    name: str
    kind: str = ""
    is_class: bool = False


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What the hub knows of a dataset's subset.

    subset   its name, "" for the default one
    splits   names of its splits, in order; empty if unknown
    columns  of its first rows; empty if unknown
    """

    subset: str = ""
    splits: tuple[str, ...] = ()
    columns: tuple[ColumnFacts, ...] = ()


def first_of(names: Sequence[str], *wanted: str) -> str:
    """Return the first wanted name that exists, else the first name, "" if there is none."""
    return next((one for one in wanted if one in names), names[0] if names else "")


def column_named(columns: Iterable[ColumnFacts], words: Iterable[str]) -> str:
    """Return the column whose name is the first of the words, in any case; "" if none is."""
    names = {one.name.lower(): one.name for one in reversed(list(columns))}
    return next((names[word] for word in words if word in names), "")
