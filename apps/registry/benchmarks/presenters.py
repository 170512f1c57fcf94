"""Rows of a leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.toolchain.contracts import JobKind, Score, find_recipe
from apps.toolchain.evidence.selectors.comparing import newcombe
from apps.toolchain.jobs.presenters import ScoreRow, score_row

from .models import Benchmark
from .selectors import RankedModel


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """A row. is_tied: whether no difference to the first is shown"""

    ranked_model: RankedModel
    score: ScoreRow
    is_tied: bool


def leaderboard_rows(benchmark: Benchmark, ranked_models: Sequence[RankedModel]) -> list[LeaderboardRow]:
    recipe = find_recipe(JobKind.EVALUATE, benchmark.recipe)
    return [
        LeaderboardRow(one, score_row(recipe, Score.from_json(one.score)), is_tied(ranked_models[0], one))
        for one in ranked_models
    ]


def is_tied(first: RankedModel, other: RankedModel) -> bool:
    """Return whether the interval of the difference to the first contains zero; for shares alone."""
    if first is other or first.score.get("method") != "wilson" or other.score.get("method") != "wilson":
        return False
    low, high = newcombe(*((one.score["value"], one.score["n"]) for one in (first, other)))
    return low <= 0 <= high
