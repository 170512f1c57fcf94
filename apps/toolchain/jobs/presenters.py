"""What the pages show of a job or receipt, put together for templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.business.usage.models import Meter
from apps.business.usage.selectors import used_by
from apps.core.figures import duration, thousands

from .contracts import EvaluationResult, JobKind, fault_title, recipe_for
from .models import Device, Job, JobEvent, JobState
from .selectors import (
    Curves,
    Graph,
    curves_of,
    has_worker,
    last_event_id,
    lineage_of_job,
    log_tail,
    timeline_events,
)

TONES = {
    JobState.QUEUED: "",
    JobState.CLAIMED: "info",
    JobState.RUNNING: "info",
    JobState.SUCCEEDED: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "warn",
}
SERIES_LABELS = {
    "loss": gettext_lazy("Training loss"),
    "validation_loss": gettext_lazy("Validation loss"),
    "validation_accuracy": gettext_lazy("Accuracy"),
    "validation_macro_f1": gettext_lazy("Macro F1"),
    "learning_rate": gettext_lazy("Learning rate"),
    "gradient_norm": gettext_lazy("Gradient norm"),
}
SCORE_LABELS = {
    "accuracy": gettext_lazy("Accuracy"),
    "macro_f1": gettext_lazy("Macro F1"),
    "roc_auc": gettext_lazy("ROC AUC"),
}
CHARTS = (
    (gettext_lazy("Loss"), ("loss", "validation_loss")),
    (gettext_lazy("Scores on the validation split"), ("validation_accuracy", "validation_macro_f1")),
    (gettext_lazy("Learning rate"), ("learning_rate",)),
    (gettext_lazy("Gradient norm"), ("gradient_norm",)),
)
FINE_TUNE_CHARTS = tuple(names for _title, names in CHARTS[:3])
OTHER_CHARTS_LIMIT = 8
MATRIX_LIMIT = 12


@dataclass(frozen=True, slots=True)
class StepperStep:
    """One stop of the stepper. state: done, current, failed, stopped or todo"""

    name: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves with words. series: pairs of key and words; rows: [step, value or None, …]"""

    title: str
    series: list[tuple[str, str]]
    rows: list[list[float | None]]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the job's events."""

    at: datetime
    words: str
    note: str
    attempt: int


@dataclass(frozen=True, slots=True)
class JobPage:
    """All that the job's page shows.

    after    id of the last event that is in it
    waiting  what a job waits for that nothing is known of yet
    lacking  why it may wait long
    """

    job: Job
    after: int
    steps: list[StepperStep]
    charts: list[Chart]
    lines: list[dict[str, Any]]
    timeline: list[TimelineEntry]
    lineage: Graph
    title: str
    problem: str
    params: list[tuple[str, Any]]
    compute_used: str
    waiting_reason: str
    missing_worker: str


def job_page(job: Job, *, shows_receipt: bool = True) -> JobPage:
    after = last_event_id(job)
    return JobPage(
        job=job,
        after=after,
        steps=stepper_steps(job),
        charts=job_charts(job, curves_of(job)),
        lines=log_tail(job, until=after),
        timeline=[_timeline_entry(event) for event in timeline_events(job, until=after)],
        lineage=lineage_of_job(job, shows_receipt=shows_receipt),
        title=job_title(job),
        problem=_(fault_title(job.code)) if job.code else "",
        params=param_rows(job),
        compute_used=compute_used(job),
        waiting_reason=waiting_reason(job),
        missing_worker=missing_worker(job),
    )


def waiting_reason(job: Job) -> str:
    """Return what a queued job waits for."""
    if job.not_before and job.not_before > timezone.now() and job.failures:
        return _("Waiting before the next attempt")
    words = {Device.GPU: _("Waiting for a GPU worker"), Device.CPU: _("Waiting for a CPU worker")}
    return words.get(Device(job.device), _("Waiting for a worker"))


def missing_worker(job: Job) -> str:
    """Return that there is no worker of the kind that a queued job asks for, if there is none."""
    if job.state != JobState.QUEUED or not job.device or has_worker(job.device):
        return ""
    if job.device == Device.GPU:
        return _(
            "No GPU worker has asked for jobs lately. The job waits until one does; it never runs on a processor instead."
        )
    return _(
        "No CPU worker has asked for jobs lately. The job waits until one does; it never takes a GPU instead."
    )


def compute_used(job: Job) -> str:
    """Return what the job's ended attempts count as: processor or GPU time."""
    totals = used_by("jobs", [f"{job.pk}/{attempt}" for attempt in range(1, job.attempt + 1)])
    words = {Meter.CPU_SECONDS: _("%(time)s of one core"), Meter.GPU_SECONDS: _("%(time)s of one GPU")}
    return ", ".join(words[Meter(meter)] % {"time": duration(total)} for meter, total in totals.items())


def _timeline_entry(event: JobEvent) -> TimelineEntry:
    data = event.data
    if event.kind == "checkpoint":
        return TimelineEntry(
            event.at, _("Checkpoint"), _("step %(step)s") % {"step": thousands(data["step"])}, event.attempt
        )
    if event.kind == "output":
        return TimelineEntry(
            event.at, _("Published"), f"{data['address']}@{data['commit'][:7]}", event.attempt
        )
    return TimelineEntry(
        event.at,
        str(JobState(data["state"]).label),
        data.get("worker") or data.get("message") or "",
        event.attempt,
    )


def job_title(job: Job) -> str:
    """Return the job in a few words: what is done to which model."""
    model = job.inputs.get("model", {}).get("address", "")
    words = {JobKind.FINE_TUNE: _("Fine-tune of %(model)s"), JobKind.EVALUATE: _("Evaluation of %(model)s")}
    return words[JobKind(job.kind)] % {"model": model}


def badge_tone(job: Job) -> str:
    return TONES[JobState(job.state)]


def stepper_steps(job: Job) -> list[StepperStep]:
    """Return the stops that the job passed, stands at, and has before it."""
    passed = [(_("Queued"), job.queued_at), (_("Claimed"), job.claimed_at), (_("Running"), job.started_at)]
    reached = [name for name, at in passed if at]
    steps = [
        StepperStep(name, _step_state(job, name, at, reached), at)
        for name, at in passed
        if at or not job.is_finished
    ]
    ends = {JobState.FAILED: "failed", JobState.CANCELLED: "stopped", JobState.SUCCEEDED: "done"}
    if job.is_finished:
        return [*steps, StepperStep(job.get_state_display(), ends[JobState(job.state)], job.finished_at)]
    return [*steps, StepperStep(_("Succeeded"), "todo", None)]


def _step_state(job: Job, name: str, at: datetime | None, reached: list[str]) -> str:
    if at is None:
        return "todo"
    return "current" if not job.is_finished and name == reached[-1] else "done"


def job_charts(job: Job, curves: Curves) -> list[Chart]:
    """Return the charts of a job; those of a fine-tune are there before their first value, so that live values find them."""
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


def param_rows(job: Job) -> list[tuple[str, Any]]:
    """Return the parameters by their words, in the recipe's order."""
    recipe = recipe_for(job.kind, job.recipe)
    return [(_(param.label), _display(job.params.get(param.name, param.default))) for param in recipe.params]


def _display(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return value if value not in ("", None) else "–"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score with its interval in percent of the axis."""

    name: str
    value: float
    low: float
    high: float

    @property
    def marks(self) -> dict[str, str]:
        """Places on an axis of 100 units, as SVG spells numbers."""
        return {name: f"{getattr(self, name) * 100:.1f}" for name in ("value", "low", "high")}


def score_rows(scores: Iterable[Mapping[str, Any]]) -> list[ScoreRow]:
    return [
        ScoreRow(
            str(SCORE_LABELS.get(score["name"], score["name"])), score["value"], score["low"], score["high"]
        )
        for score in scores
    ]


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """What the receipt's page shows. matrix: rows (label, cells (count, level 0 to 5)), empty for too many classes"""

    result: EvaluationResult
    scores: list[ScoreRow]
    matrix: list[tuple[str, list[tuple[int, int]]]]
    params: list[tuple[str, Any]]


def receipt_page(body: Mapping[str, Any]) -> ReceiptPage:
    result = EvaluationResult.from_json({**body["result"], "config_hash": body["config_hash"]})
    scores = score_rows(body["result"]["scores"])
    recipe = recipe_for("evaluate", body["recipe"])
    params = [
        (_(param.label), _display(body["params"].get(param.name)))
        for param in recipe.params
        if param.name in body["params"]
    ]
    return ReceiptPage(result, scores, _matrix(result), params)


def _matrix(result: EvaluationResult) -> list[tuple[str, list[tuple[int, int]]]]:
    if len(result.labels) > MATRIX_LIMIT:
        return []
    return [
        (label, [(count, _level(count, sum(row))) for count in row])
        for label, row in zip(result.labels, result.confusion, strict=True)
    ]


def _level(count: int, total: int) -> int:
    """Return the depth of a cell's colour: 0 for nothing, 5 for nearly all of its row."""
    return 0 if not count or not total else max(1, min(5, round(count / total * 5)))
