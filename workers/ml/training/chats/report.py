"""The result of a training of a chat model: its scores beside those of the base, and notes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from transformers import Trainer

from apps.toolchain.contracts import (
    IntervalMethod,
    Metric,
    Note,
    NoteCode,
    Recipe,
    Samples,
    Score,
    View,
    view_to_json,
)
from apps.toolchain.contracts.chat_training import (
    EXPECTED,
    LOSS_GAIN,
    OF_BASE,
    OF_MODEL,
    PERPLEXITY,
    QUESTION,
    SAMPLES_TITLE,
    TOKEN_ACCURACY,
)
from apps.toolchain.contracts.training import HELD_OUT_LOSS

from ...context import RecipeContext
from ..devices import uses_bf16
from ..results import score_of, write_training_result
from ..trainer import stopped_at_cap
from .gains import RowLosses, gain_interval, ratio_interval
from .samples import Sample

# what TRL counts from zero after a resume
COUNTED = "num_tokens"


@dataclass(slots=True)
class Outcome:
    """What a training came to.

    history     the Trainer's log
    parameters  of the model
    samples     answers before, during and after the training
    scores      of held-out splits at the best step; baselines are those of the base model
    titles      names of the held-out splits, for people
    """

    context: RecipeContext
    history: list[dict[str, Any]]
    steps: int
    best_step: int
    learning_rate: float
    precision: str
    samples: list[Sample]
    parameters: int = 0
    notes: list[Note] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    baselines: list[Score] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)

    def score(self, metric: str, split: str, *, is_base: bool = False) -> Score | None:
        known = self.baselines if is_base else self.scores
        return next((one for one in known if (one.name, one.split) == (metric, split)), None)

    def resolved(self) -> dict[str, Any]:
        """Return what the run chose itself."""
        auto = self.context.spec.params["learning_rate"] == "auto"
        return {**({"learning_rate": self.learning_rate} if auto else {}), "precision": self.precision}

    def write(self, recipe: Recipe) -> None:
        """Write the result in the form of the contracts."""
        write_training_result(
            self.context,
            {
                "scores": [score.to_json() for score in self.scores],
                "baselines": [score.to_json() for score in self.baselines],
                "steps": self.steps,
                "best_step": self.best_step,
                "resolved": self.resolved(),
                "notes": [note.to_json() for note in self.notes],
                "views": [view_to_json(view) for view in self.views()],
            },
        )

    def side_by_side(self) -> list[tuple[str, str, str, str]]:
        """Return questions with their expected answers, and those of the base and of the published model."""
        steps = {one.step for one in self.samples}
        last = self.best_step if self.best_step in steps else max(steps, default=0)
        before = {one.number: one.answer for one in self.samples if one.step == 0}
        return [
            (one.question, one.expected, before.get(one.number, ""), one.answer)
            for one in self.samples
            if one.step == last
        ]

    def views(self) -> list[View]:
        rows = tuple(tuple(text or None for text in row) for row in self.side_by_side())
        return [Samples(SAMPLES_TITLE, (QUESTION, EXPECTED, OF_BASE, OF_MODEL), rows)] if rows else []

    def summary(self) -> str:
        """Return the last line of the log."""
        first = next((score.split for score in self.scores), "")
        parts = [
            f"{score.name.replace('_', ' ')} {score.value:.4f}"
            for score in self.scores
            if score.split == first
        ]
        return f"Trained for {self.steps} steps; best step {self.best_step}: {first} {', '.join(parts)}."


def outcome_of(context: RecipeContext, trainer: Trainer, samples: list[Sample]) -> Outcome:
    """Return what a trainer did, without scores."""
    state = trainer.state
    return Outcome(
        context=context,
        history=[
            {name: value for name, value in entry.items() if not name.endswith(COUNTED)}
            for entry in state.log_history
            if "loss" in entry or "eval_loss" in entry
        ],
        steps=state.global_step,
        best_step=state.best_global_step or state.global_step,
        learning_rate=trainer.args.learning_rate,
        precision="bfloat16 autocast" if uses_bf16(context.spec.params) else "float32",
        samples=samples,
        notes=stopped_at_cap(trainer),
    )


def scores_of_split(outcome: Outcome, split: str, base: RowLosses, tuned: RowLosses) -> None:
    """Add the scores of a held-out split, and a note if the model is not shown to be better than its base."""
    seed = outcome.context.spec.seed
    outcome.scores += split_scores(tuned, split, seed)
    outcome.baselines += split_scores(base, split, seed)
    bounds = gain_interval(base, tuned, seed)
    gain = base.loss - tuned.loss
    outcome.scores.append(
        score_of(LOSS_GAIN, gain, bounds, n=len(tuned), method=IntervalMethod.BCA, split=split)
    )
    if (bounds[0] if bounds else gain) <= 0:
        outcome.notes.append(Note(NoteCode.NOT_BETTER, {"split": split}))
    if bounds is None:
        outcome.notes.append(Note(NoteCode.TOO_FEW_ROWS, {"metric": LOSS_GAIN.label}))


def split_scores(rows: RowLosses, split: str, seed: int) -> list[Score]:
    """Return loss, perplexity and predicted tokens of a split, with intervals by its rows."""
    bounds = ratio_interval(rows.losses, rows.tokens, seed)
    powers = tuple(math.exp(min(bound, 700.0)) for bound in bounds) if bounds else None
    hits = ratio_interval(rows.hits, rows.tokens, seed)
    values: Mapping[Metric, tuple[float, Any]] = {
        PERPLEXITY: (rows.perplexity, powers),
        HELD_OUT_LOSS: (rows.loss, bounds),
        TOKEN_ACCURACY: (rows.accuracy, hits),
    }
    return [
        score_of(metric, value, found, n=len(rows), method=IntervalMethod.BCA, split=split)
        for metric, (value, found) in values.items()
    ]
