"""Scores of a preference tuning: how much more it prefers the better answers than its base does."""

from __future__ import annotations

import numpy as np

from apps.toolchain.contracts import IntervalMethod, Note, NoteCode, Score
from apps.toolchain.contracts.recipes.preference import (
    FINE_TUNE,
    HELD_OUT_REWARD_ACCURACY,
    HELD_OUT_REWARD_MARGIN,
    PREFERENCE_ACCURACY,
)

from ...training.chats.gains import ratio_interval
from ...training.chats.report import Outcome
from ...training.intervals import MIN_SAMPLES, wilson_interval
from ...training.results import score_of
from .pairs import PairScores

CHANCE = 0.5


def scores_of_split(outcome: Outcome, split: str, base: PairScores, tuned: PairScores) -> None:
    """Add the scores of a held-out split, and a note if the model is not shown to be better than its base."""
    n, beta = len(tuned.better), outcome.context.spec.params["beta"]
    margins = beta * ((tuned.better - base.better) - (tuned.worse - base.worse))
    bounds = ratio_interval(margins, np.ones(n), outcome.context.spec.seed)
    for scores, prefers in ((outcome.scores, tuned.prefers_better), (outcome.baselines, base.prefers_better)):
        scores.append(share_score(outcome, PREFERENCE_ACCURACY.name, prefers, split))
    outcome.scores.append(share_score(outcome, HELD_OUT_REWARD_ACCURACY.name, margins > 0, split))
    chance = score_of(HELD_OUT_REWARD_ACCURACY, CHANCE, None, n=n, method=IntervalMethod.WILSON, split=split)
    outcome.baselines.append(chance)
    margin = float(margins.mean())
    outcome.scores.append(
        score_of(HELD_OUT_REWARD_MARGIN, margin, bounds, n=n, method=IntervalMethod.BCA, split=split)
    )
    if (bounds[0] if bounds else margin) <= 0:
        outcome.notes.append(Note(NoteCode.NOT_BETTER, {"split": split}))
    if bounds is None:
        outcome.notes.append(Note(NoteCode.TOO_FEW_ROWS, {"metric": HELD_OUT_REWARD_MARGIN.label}))


def share_score(outcome: Outcome, name: str, hits: np.ndarray, split: str) -> Score:
    """Return the share of rows for which something holds."""
    n, count = len(hits), int(hits.sum())
    bounds = wilson_interval(count, n) if n >= MIN_SAMPLES else None
    return score_of(FINE_TUNE.metric(name), count / n, bounds, n=n, method=IntervalMethod.WILSON, split=split)
