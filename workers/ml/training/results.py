"""Writes the result of an evaluation for the supervisor, and names the code that made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.toolchain.contracts import IntervalMethod, Metric, Note, Score, View, view_to_json

from ..context import RecipeContext

DIGITS = 6


def write_result(
    context: RecipeContext,
    package: Path,
    *,
    scores: Sequence[Score],
    log: Iterable[str],
    notes: Sequence[Note] = (),
    **facts: Any,
) -> None:
    """Write the result in the form of the contracts; the supervisor adds what only it knows.

    package  folder of the recipe, whose sources the code version covers
    log      lines of the prediction log, of which the result has the hash
    facts    further fields of the result, as JSON values
    """
    result = {
        **facts,
        "scores": [score.to_json() for score in scores],
        "notes": [note.to_json() for note in notes],
        "log_sha256": hash_of_lines(log),
        "code_version": code_version(package),
    }
    context.folder.result.write_text(json.dumps(result))
    for score in scores:
        interval = "" if score.low is None else f" (95 % interval {score.low:.4f} to {score.high:.4f})"
        context.events.log(f"{score.name}: {score.value:.4f}{interval}")
    log_notes(context, notes)


def write_training_result(context: RecipeContext, facts: Mapping[str, Any]) -> None:
    """Write the result of a training in the form of the contracts, without what only the supervisor knows."""
    context.folder.result.write_text(json.dumps(facts))


def write_report(
    context: RecipeContext,
    *,
    scores: Sequence[Score] = (),
    baselines: Sequence[Score] = (),
    views: Sequence[View] = (),
    notes: Sequence[Note] = (),
    resolved: Mapping[str, Any] | None = None,
) -> None:
    """Write a result that is not signed, as a ReportResult without what only the supervisor knows.

    Files that the job keeps lie in `folder.artifacts`; the supervisor lists them.
    """
    report = {
        "scores": [score.to_json() for score in scores],
        "baselines": [score.to_json() for score in baselines],
        "views": [view_to_json(view) for view in views],
        "notes": [note.to_json() for note in notes],
        "resolved": dict(resolved or {}),
    }
    context.folder.result.write_text(json.dumps(report))
    log_notes(context, notes)


def log_notes(context: RecipeContext, notes: Iterable[Note]) -> None:
    for note in notes:
        context.events.log(note.words, "warning")


def score_of(
    metric: Metric,
    value: float,
    bounds: tuple[float, float] | None,
    *,
    n: int,
    method: IntervalMethod | None = None,
    split: str = "",
) -> Score:
    """Return a score with the unit and direction of its declaration.

    bounds  of the confidence interval, None without one
    """
    low, high = (round(bound, DIGITS) for bound in bounds) if bounds else (None, None)
    return Score(
        metric.name,
        round(value, DIGITS),
        low,
        high,
        split=split,
        n=n,
        method=method if bounds else None,
        unit=metric.unit.value,
        higher_is_better=metric.higher_is_better,
    )


def hash_of_lines(lines: Iterable[str]) -> str:
    total = hashlib.sha256()
    for line in lines:
        total.update(line.encode())
    return total.hexdigest()


def code_version(package: Path) -> str:
    """Return the SHA-256 of the sources that a recipe runs: its package and the training kit."""
    total = hashlib.sha256()
    for file in sorted(file for folder in (package, Path(__file__).parent) for file in folder.rglob("*.py")):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"sha256:{total.hexdigest()}"
