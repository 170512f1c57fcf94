"""Charts of a job's metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from ..contracts import JobKind
from ..models import Job
from ..selectors import Curves

SERIES_LABELS = {
    "loss": gettext_lazy("Training loss"),
    "validation_loss": gettext_lazy("Validation loss"),
    "validation_accuracy": gettext_lazy("Accuracy"),
    "validation_macro_f1": gettext_lazy("Macro F1"),
    "learning_rate": gettext_lazy("Learning rate"),
    "gradient_norm": gettext_lazy("Gradient norm"),
}
CHARTS = (
    (gettext_lazy("Loss"), ("loss", "validation_loss")),
    (gettext_lazy("Scores on the validation split"), ("validation_accuracy", "validation_macro_f1")),
    (gettext_lazy("Learning rate"), ("learning_rate",)),
    (gettext_lazy("Gradient norm"), ("gradient_norm",)),
)
FINE_TUNE_CHARTS = tuple(names for _title, names in CHARTS[:3])
OTHER_CHARTS_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. series: pairs of metric name and label; rows: [step, value or None, …]"""

    title: str
    series: list[tuple[str, str]]
    rows: list[list[float | None]]


def job_charts(job: Job, curves: Curves) -> list[Chart]:
    """Return the charts of a job; an active fine-tune has empty ones, which live values will fill."""
    if job.kind != JobKind.FINE_TUNE and not curves.names:
        return []
    always = FINE_TUNE_CHARTS if job.kind == JobKind.FINE_TUNE else ()
    charts = [
        _chart(str(title), names, curves)
        for title, names in CHARTS
        if names in always or set(names) & set(curves.names)
    ]
    known = {name for _title, names in CHARTS for name in names}
    others = [name for name in curves.names if name not in known][:OTHER_CHARTS_LIMIT]
    if not job.is_active:
        charts = [chart for chart in charts if chart.rows]
    return charts + [_chart(name, (name,), curves) for name in others]


def _chart(title: str, names: Iterable[str], curves: Curves) -> Chart:
    wanted = list(names)
    places = [curves.names.index(name) + 1 if name in curves.names else None for name in wanted]
    rows = [[row[0], *(row[place] if place else None for place in places)] for row in curves.rows]
    series = [(name, str(SERIES_LABELS.get(name, name))) for name in wanted]
    return Chart(title, series, [row for row in rows if any(value is not None for value in row[1:])])
