"""Which rows repeat others: within a split, in held-out splits and in a benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.toolchain.contracts.recipes.data_preparation import Duplicates, Leakage, Removal

from ..context import RecipeContext
from ..disk import size
from ..faults import UserFault
from .duplicates import ROW_BYTES, Match, Place, TextIndex
from .parts import Origin, Part

HELD_OUT_FIRST = ("test", "validation")
CHECKED_EVERY = 200


@dataclass(slots=True)
class Repetition:
    """What was found in rows that no filter of texts had removed.

    compared   number of those rows
    repeated   rows that repeat one of their own split, or of any split if these are joined
    leaked     rows of a split that repeat one of another split, by both names
    benchmark  rows of a split that the benchmark has, by its name
    conflicts  texts that occur with several labels
    copies     how often rows are repeated
    origins    what each row repeats
    """

    compared: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    leaked: Counter[tuple[str, str]] = field(default_factory=Counter)
    benchmark: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0
    copies: Counter[Place] = field(default_factory=Counter)
    origins: dict[Place, Match] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepetitionPlan:
    """joined  whether the splits will be joined, so that rows of different ones are only duplicates"""

    duplicates: Duplicates
    leakage: Leakage
    similarity: float
    joined: bool = False
    label_column: str = ""
    removes_conflicts: bool = False

    @property
    def least_similarity(self) -> float | None:
        """The similarity of repetitions, None if only the same texts are repetitions."""
        return None if self.duplicates == Duplicates.EXACT else self.similarity

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> RepetitionPlan:
        """Return the plan of a preparation; a report has only some of its parameters."""
        return cls(
            Duplicates(params["duplicates"]),
            Leakage(params.get("leakage", Leakage.REPORT)),
            params["similarity"],
            params.get("splits") == "new",
            params["label_column"],
            params.get("conflicts") == "remove",
        )


def held_out_first(parts: Sequence[Part]) -> list[Part]:
    """Return splits in the order in which they keep a text that several have: training splits come last."""

    def rank(part: Part) -> int:
        name = part.name.lower()
        return next((place for place, word in enumerate(HELD_OUT_FIRST) if word in name), len(HELD_OUT_FIRST))

    return sorted(parts, key=rank)


def find_repetition(
    context: RecipeContext, parts: Sequence[Part], plan: RepetitionPlan, *, removes: bool
) -> Repetition:
    """Find the rows that repeat others, and remove them as planned.

    parts    in the order in which they keep what several have
    removes  whether anything is removed at all
    """
    found = Repetition()
    check_memory(context, sum(len(part.rows) for part in parts), plan)
    index = index_for(context, parts, plan)
    labels: dict[Place, str] = {}
    conflicting: set[Place] = set()
    members: dict[Place, list[Place]] = {}
    for place, text in walk(context, parts, "comparing"):
        part = parts[place.part]
        found.compared[part.name] += 1
        match = index.match_or_add(text, place)
        if plan.label_column:
            label = str(part.rows[place.row][plan.label_column])
            if match is None:
                labels[place] = label
            elif match.is_same and labels.get(match.place, label) != label:
                conflicting.add(match.place)
        if match is None:
            continue
        if match.is_same:
            members.setdefault(match.place, []).append(place)
        found.copies[match.place] += 1
        found.origins[place] = match
        record_match(found, parts, plan, place, match, removes=removes)
    found.conflicts = len(conflicting)
    if removes and plan.removes_conflicts:
        for first in conflicting:
            for place in (first, *members.get(first, ())):
                parts[place.part].remove(place.row, Removal.CONFLICT)
    return found


def check_memory(context: RecipeContext, rows: int, plan: RepetitionPlan) -> None:
    """Reject more rows than can be compared in the memory of a job.

    raises  UserFault
    """
    wanted, limit = rows * ROW_BYTES, context.memory_bytes
    if plan.least_similarity is not None and limit and wanted > limit:
        problem = f"To find similar texts among {rows:,} rows takes {size(wanted)} of memory"
        advice = "Look for the same texts only, or prepare the dataset in parts."
        raise UserFault("dataset_too_large", f"{problem}; a job of this worker has {size(limit)}. {advice}")


def index_for(context: RecipeContext, parts: Sequence[Part], plan: RepetitionPlan) -> TextIndex:
    return TextIndex(
        lambda place: parts[place.part].text_at(place.row),
        similarity=plan.least_similarity,
        seed=context.spec.seed,
    )


def record_match(
    found: Repetition,
    parts: Sequence[Part],
    plan: RepetitionPlan,
    place: Place,
    match: Match,
    *,
    removes: bool,
) -> None:
    """Count a row that repeats another one, and remove it as planned."""
    part, other = parts[place.part], parts[match.place.part]
    is_leak = other is not part and not plan.joined
    if other is not part:
        found.leaked[part.name, other.name] += 1
    if not is_leak:
        found.repeated[part.name] += 1
    removed = plan.leakage == Leakage.REMOVE if is_leak else plan.duplicates != Duplicates.KEEP
    if removes and removed:
        reason = Removal.SAME if match.is_same else Removal.SIMILAR
        origin = Origin(other.name, int(other.numbers[match.place.row]), round(match.similarity, 4))
        part.remove(place.row, Removal.LEAKED if is_leak else reason, origin)


def find_in_benchmark(
    context: RecipeContext,
    parts: Sequence[Part],
    benchmark: Sequence[Part],
    columns: Sequence[str],
    plan: RepetitionPlan,
    found: Counter[str],
    *,
    removes: bool,
) -> None:
    """Count the rows whose texts in some columns the benchmark has too, and remove them as planned."""
    index = TextIndex(
        lambda place: benchmark[place.part].text_at(place.row, columns),
        similarity=plan.least_similarity,
        seed=context.spec.seed,
    )
    for place, text in walk(context, benchmark, "reading the benchmark", columns):
        index.match_or_add(text, place)
    for place, text in walk(context, parts, "comparing with the benchmark", columns):
        match = index.match(text)
        if match is None:
            continue
        found[parts[place.part].name] += 1
        if removes and plan.leakage == Leakage.REMOVE:
            other = benchmark[match.place.part]
            origin = Origin(other.name, int(other.numbers[match.place.row]), round(match.similarity, 4))
            parts[place.part].remove(place.row, Removal.BENCHMARK, origin)


def walk(
    context: RecipeContext, parts: Sequence[Part], phase: str, columns: Sequence[str] | None = None
) -> Iterator[tuple[Place, str]]:
    """Yield the place and text of each row that is kept so far, with progress."""
    total, done = sum(len(part.rows) for part in parts), 0
    for number, part in enumerate(parts):
        for row, text in part.texts(columns):
            if row % CHECKED_EVERY == 0:
                context.cancellation.raise_if_cancelled()
                context.events.progress(done + row, total, phase)
            yield Place(number, row), text
        done += len(part.rows)
    context.events.progress(total, total, phase)
