"""Studies a dataset: its columns, its languages, and what repeats, leaks or names people in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from datasets import Dataset

from ..context import RecipeContext
from ..describe import join_names
from ..faults import UserFault
from ..training.tables import Splits, read_splits, split_named
from .filters import PreparationFilter, filter_of
from .parts import Part, open_part, text_columns
from .profiles import ColumnProfile, count_languages, profile_columns
from .repetition import Repetition, RepetitionPlan, find_in_benchmark, find_repetition, held_out_first


@dataclass(slots=True)
class Study:
    """What was found in a dataset.

    names      of its splits, in order
    parts      its splits with changed texts; those that keep a text which several have come first
    columns    of the dataset as it is
    languages  of a sample of the dataset as it is
    texts      what was done to the texts, with the personal data that it found
    """

    names: Sequence[str]
    parts: list[Part]
    columns: list[ColumnProfile]
    languages: Counter[str]
    texts: PreparationFilter
    plan: RepetitionPlan
    repetition: Repetition = field(default_factory=Repetition)
    has_benchmark: bool = False

    @property
    def rows(self) -> int:
        return sum(part.before for part in self.parts)

    def in_order(self) -> list[Part]:
        """Return the parts in the order of the dataset's splits."""
        return sorted(self.parts, key=lambda part: self.names.index(part.name))


def study(context: RecipeContext, *, removes: bool) -> Study:
    """Read the dataset, change its texts and find what repeats and leaks.

    removes  whether rows are removed, as the parameters say; else they are only counted
    raises   UserFault, Interruption, PlatformFault
    """
    params = context.spec.params
    texts, plan = filter_of(params), RepetitionPlan.of(params)
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    sources = {name: split_named(splits, name) for name in splits}
    columns = {name: text_columns(split, params["text_columns"], name) for name, split in sources.items()}
    check_label(sources, plan.label_column)
    context.events.progress(0, 0, "profiling")
    found = Study(
        names=list(sources),
        parts=[],
        columns=profile_columns(list(sources.values())),
        languages=count_languages([(split, columns[name]) for name, split in sources.items()]),
        texts=texts,
        plan=plan,
    )
    folder = context.folder.run / "cache" / "parts"
    opened = [
        open_part(context, name, split, columns[name], texts, folder / f"{number}.arrow")
        for number, (name, split) in enumerate(sources.items())
    ]
    if not any(part.filled for part in opened):
        names = dict.fromkeys(column for part in opened for column in part.columns)
        raise UserFault("rows_empty", f"The columns {join_names(names)} hold no text in any row.")
    found.parts = held_out_first(opened)
    in_benchmark = compare_with_benchmark(context, found, removes=removes)
    found.repetition = find_repetition(context, found.parts, plan, removes=removes)
    found.repetition.benchmark = in_benchmark
    return found


def check_label(sources: dict[str, Dataset], column: str) -> None:
    """raises  UserFault if a split lacks the label's column"""
    for name, split in sources.items():
        if column and column not in split.column_names:
            problem = f"The split {name!r} has no column {column!r}. It has {join_names(split.column_names)}."
            raise UserFault("column_missing", problem)


def compare_with_benchmark(context: RecipeContext, found: Study, *, removes: bool) -> Counter[str]:
    """Return how many rows of each split are in the benchmark, by the text columns that it has too.

    raises  UserFault if it has none of them
    """
    counts: Counter[str] = Counter()
    folder = context.input_folder("benchmark")
    if folder is None:
        return counts
    found.has_benchmark = True
    splits = read_splits(folder, context.folder.run / "cache", subset="")
    wanted = list(dict.fromkeys(column for part in found.parts for column in part.columns))
    shared, benchmark = open_benchmark(context, splits, wanted, found.texts.for_comparison())
    parts = [part for part in found.parts if set(shared) <= set(part.rows.column_names)]
    find_in_benchmark(context, parts, benchmark, shared, found.plan, counts, removes=removes)
    return counts


def open_benchmark(
    context: RecipeContext, splits: Splits, wanted: Sequence[str], texts: PreparationFilter
) -> tuple[list[str], list[Part]]:
    """Return the wanted columns that all splits of a benchmark have, and the splits with all their rows.

    raises  UserFault if there is no such column
    """
    sources = {name: split_named(splits, name) for name in splits}
    names = {column for split in sources.values() for column in split.column_names}
    shared = [one for one in wanted if all(one in split.column_names for split in sources.values())]
    if not shared:
        problem = f"The benchmark has none of the text columns {join_names(wanted)}"
        raise UserFault("column_missing", f"{problem}; it has {join_names(sorted(names))}.")
    folder = context.folder.run / "cache" / "benchmark"
    parts = [
        open_part(context, name, split, text_columns(split, shared, name), texts, folder / f"{number}.arrow")
        for number, (name, split) in enumerate(sources.items())
    ]
    return shared, parts
