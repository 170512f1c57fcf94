"""The result of a training of a chat model: its scores beside those of the base, and notes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.toolchain.contracts import IntervalMethod, Metric, Note, NoteCode, Recipe, Score
from apps.toolchain.contracts.chat_training import LOSS_GAIN, PERPLEXITY, TOKEN_ACCURACY
from apps.toolchain.contracts.training import HELD_OUT_LOSS

from ...context import RecipeContext
from ..results import score_of, write_training_result
from .gains import RowLosses, gain_interval, ratio_interval
from .samples import Sample


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
            },
        )

    def summary(self) -> str:
        """Return the last line of the log."""
        first = next((score.split for score in self.scores), "")
        parts = [
            f"{score.name.replace('_', ' ')} {score.value:.4f}"
            for score in self.scores
            if score.split == first
        ]
        return f"Trained for {self.steps} steps; best step {self.best_step}: {first} {', '.join(parts)}."


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
        outcome.notes.append(Note(NoteCode.TOO_FEW_ROWS, {"metric": LOSS_GAIN.name}))


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
