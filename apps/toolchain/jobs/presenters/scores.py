"""Scores as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.text.formatting import percent
from apps.toolchain.contracts import JobKind, Note, Recipe, Score, Unit, find_recipe, translate_message

from ..models import Job
from .charts import metric_label
from .views import ViewSection, stored_sections


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score as text, with its confidence interval if it has one.

    marks  positions on an axis of 100 units, formatted for SVG; empty without an interval or a scale
    """

    key: str
    name: str
    text: str
    interval: str
    marks: Mapping[str, str]


def recipe_of(body: Mapping[str, Any]) -> Recipe | None:
    """Return the recipe of a receipt, None if this site does not have it."""
    return find_recipe(JobKind.EVALUATE, str(body["recipe"]))


def score_rows(body: Mapping[str, Any]) -> list[ScoreRow]:
    """Return the scores of a receipt."""
    recipe = recipe_of(body)
    return [score_row(recipe, Score.from_json(score)) for score in body["result"]["scores"]]


@dataclass(frozen=True, slots=True)
class ResultSection:
    """What a job measured, for its page.

    baseline  what the baselines are
    splits    name, scores and baselines of each
    notes     sentences
    """

    baseline: str
    splits: list[tuple[str, list[ScoreRow], list[ScoreRow]]]
    notes: list[str]
    sections: list[ViewSection]


def result_section(
    recipe: Recipe | None, facts: Mapping[str, Any], views: Sequence[Mapping[str, Any]]
) -> ResultSection:
    """Return a stored result by split, with its views."""
    scores, baselines = (
        [Score.from_json(one) for one in facts.get(name, ())] for name in ("scores", "baselines")
    )
    splits = [
        (
            split,
            [score_row(recipe, one) for one in scores if one.split == split],
            [score_row(recipe, one) for one in baselines if one.split == split],
        )
        for split in dict.fromkeys(one.split for one in scores)
    ]
    notes = [translate_message(_, Note.from_json(note).words) for note in facts.get("notes", ())]
    baseline = _(recipe.baseline) if recipe else _("Baseline")
    return ResultSection(baseline, splits, notes, stored_sections(views))


def main_score(job: Job) -> ScoreRow | None:
    """Return the score that lists show: the first fraction of the last split, None without a result."""
    result = getattr(job, "result", None)
    scores = [Score.from_json(one) for one in result.document["scores"]] if result else []
    of_last_split = [one for one in scores if one.split == scores[-1].split]
    fractions = [one for one in of_last_split if one.unit in ("", Unit.FRACTION)]
    found = next(iter(fractions or of_last_split), None)
    return score_row(find_recipe(job.kind, job.recipe), found) if found else None


def score_row(recipe: Recipe | None, score: Score) -> ScoreRow:
    name, unit = metric_label(recipe, score.name), unit_of(recipe, score.name)
    value = number_text(unit, score.value)
    if score.low is None or score.high is None:
        return ScoreRow(score.name, name, value, "", {})
    interval = f"{number_text(unit, score.low)} – {number_text(unit, score.high)}"
    places = {"value": score.value, "low": score.low, "high": score.high}
    marks = {place: f"{at * 100:.1f}" for place, at in places.items()} if unit is Unit.FRACTION else {}
    return ScoreRow(score.name, name, value, interval, marks)


def unit_of(recipe: Recipe | None, metric: str) -> Unit:
    return recipe.metric(metric).unit if recipe else Unit.NUMBER


def number_text(unit: Unit, value: float) -> str:
    return percent(value) if unit is Unit.FRACTION else f"{value:.6g}"
