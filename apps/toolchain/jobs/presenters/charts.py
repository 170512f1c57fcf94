"""Charts of a job's metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.toolchain.contracts import Recipe, find_recipe

from ..models import Job
from ..selectors import Curves

OTHER_CHARTS_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. series: pairs of metric name and label; rows: [step, value or None, …]"""

    title: str
    series: list[tuple[str, str]]
    rows: list[list[float | None]]


def job_charts(job: Job, curves: Curves) -> list[Chart]:
    """Return the charts of a job; an active job has empty ones, which live values will fill."""
    recipe = find_recipe(job.kind, job.recipe)
    declared = recipe.charts if recipe else ()
    charts = [
        _chart(_(chart.title), chart.metrics, curves, recipe)
        for chart in declared
        if chart.is_expected or set(chart.metrics) & set(curves.names)
    ]
    known = {name for chart in declared for name in chart.metrics}
    others = [name for name in curves.names if name not in known][:OTHER_CHARTS_LIMIT]
    if not job.is_active:
        charts = [chart for chart in charts if chart.rows]
    return charts + [_chart(metric_label(recipe, name), (name,), curves, recipe) for name in others]


def metric_label(recipe: Recipe | None, name: str) -> str:
    """Return the translated label of a metric, or its name if the recipe does not declare it."""
    label = recipe.metric(name).label if recipe else name
    return _(label) if label != name else name


def _chart(title: str, names: Iterable[str], curves: Curves, recipe: Recipe | None) -> Chart:
    wanted = list(names)
    places = [curves.names.index(name) + 1 if name in curves.names else None for name in wanted]
    rows = [[row[0], *(row[place] if place else None for place in places)] for row in curves.rows]
    series = [(name, metric_label(recipe, name)) for name in wanted]
    return Chart(title, series, [row for row in rows if any(value is not None for value in row[1:])])
