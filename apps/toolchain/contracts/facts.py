"""What a recipe may know of the repositories before a job is ordered, and helpers to suggest parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the hub knows of a model; empty means unknown.

    task           as on the model's page, such as "text-classification"
    architectures  class names in its config.json
    files          names of the files at its root
    parameters     number of its weights, 0 if unknown
    weight_bytes   size of its repository
    layers, width  number and hidden size of its layers
    """

    task: str = ""
    library: str = ""
    architectures: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    parameters: int = 0
    weight_bytes: int = 0
    layers: int = 0
    width: int = 0


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of the first rows.

    kind        text, integer, number, boolean, list, …; "" if unknown
    is_class    whether it has few distinct values
    characters  mean length of its texts, 0 if unknown
    """

    name: str
    kind: str = ""
    is_class: bool = False
    characters: float = 0


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What the hub knows of a dataset's subset.

    subset   its name, "" for the default one
    splits   names of its splits, in order; empty if unknown
    columns  of its first rows; empty if unknown
    rows     number of rows of each split, estimated from its first ones; without those that are unknown
    bytes    size of its splits
    """

    subset: str = ""
    splits: tuple[str, ...] = ()
    columns: tuple[ColumnFacts, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    bytes: int = 0

    def characters_of(self, column: str) -> float:
        """Return the mean length of a column's texts, 0 if unknown."""
        return next((one.characters for one in self.columns if one.name == column), 0.0)


def first_of(names: Sequence[str], *wanted: str) -> str:
    """Return the first wanted name that exists, else the first name, "" if there is none."""
    return next((one for one in wanted if one in names), names[0] if names else "")


def column_named(columns: Iterable[ColumnFacts], words: Iterable[str]) -> str:
    """Return the column whose name is the first of the words, in any case; "" if none is."""
    names = {one.name.lower(): one.name for one in reversed(list(columns))}
    return next((names[word] for word in words if word in names), "")
