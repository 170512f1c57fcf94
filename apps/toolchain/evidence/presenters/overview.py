"""How a model does on several datasets, as rows of a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.toolchain.contracts import Score, Unit, find_recipe
from apps.toolchain.jobs.presenters import ScoreRow, number_text, score_row, unit_of

from ..selectors import DatasetScore


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A score of a model on one split. baseline, lift: "" if there is nothing to compare with"""

    address: str
    split: str
    samples: int
    score: ScoreRow
    baseline: str
    lift: str
    is_source: bool
    is_above: bool
    path: str


def overview_rows(scores: Iterable[DatasetScore]) -> list[OverviewRow]:
    return [_row(one) for one in scores]


def _row(one: DatasetScore) -> OverviewRow:
    recipe = find_recipe("evaluate", str(one.body["recipe"]))
    unit = unit_of(recipe, str(one.score["name"]))
    lift = one.lift
    scale, digits = (100, 1) if unit is Unit.FRACTION else (1, 3)
    return OverviewRow(
        address=one.body["dataset"]["address"],
        split=one.body["result"]["split"],
        samples=one.body["result"]["samples"],
        score=score_row(recipe, Score.from_json(one.score)),
        baseline="" if one.baseline is None else number_text(unit, one.baseline),
        lift="" if lift is None else f"{lift * scale:+.{digits}f}".replace("-", "−"),
        is_source=one.is_source,
        is_above=one.baseline is not None and float(one.score.get("low") or 0) > one.baseline,
        path=one.receipt.get_absolute_url(),
    )
