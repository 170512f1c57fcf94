"""The result of a fine-tune: its scores beside a baseline, and what a reader should know."""

from __future__ import annotations

from typing import Any

from apps.toolchain.contracts import IntervalMethod, Note, NoteCode, Score
from apps.toolchain.contracts.recipes.text_classification import FINE_TUNE
from apps.toolchain.contracts.training import HELD_OUT_LOSS

from ...context import RecipeContext
from ...training.intervals import MIN_SAMPLES, wilson_interval
from ...training.results import score_of
from .card import CardFacts


def poor_model(facts: CardFacts) -> list[Note]:
    """Return a note about a model that is no better than always choosing one class."""
    split, scores = ("test", facts.test) if facts.test else ("validation", facts.validation)
    label, share = facts.data.baseline(split)
    if facts.only_class is not None:
        return [Note(NoteCode.COLLAPSED, {"split": split, "label": facts.data.labels[facts.only_class]})]
    is_better = scores.get("accuracy", 1.0) > share
    return [] if is_better else [Note(NoteCode.BELOW_BASELINE, {"split": split, "label": label})]


def training_result(context: RecipeContext, facts: CardFacts) -> dict[str, Any]:
    """Return the result in the form of the contracts."""
    held = {"validation": facts.validation, "test": facts.test}
    auto = {"learning_rate": facts.learning_rate} if context.spec.params["learning_rate"] == "auto" else {}
    scores = [
        held_out_score(facts, metric, value, split)
        for split, values in held.items()
        for metric, value in values.items()
    ]
    baselines = [
        held_out_score(facts, "accuracy", facts.data.baseline(split)[1], split)
        for split, values in held.items()
        if values
    ]
    return {
        "scores": [score.to_json() for score in scores],
        "baselines": [score.to_json() for score in baselines],
        "steps": facts.steps,
        "best_step": facts.best_step,
        "resolved": {**auto, "max_length": facts.max_length, "precision": facts.precision},
        "notes": [note.to_json() for note in facts.notes],
    }


def held_out_score(facts: CardFacts, name: str, value: float, split: str) -> Score:
    """Return a score of a held-out split; an accuracy has an interval if there are enough rows."""
    n = facts.data.rows()[split]
    has_interval = name == "accuracy" and n >= MIN_SAMPLES
    bounds = wilson_interval(value * n, n) if has_interval else None
    metric = FINE_TUNE.metric(HELD_OUT_LOSS.name if name == "loss" else name)
    return score_of(metric, value, bounds, n=n, method=IntervalMethod.WILSON, split=split)
