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
from apps.core.formatting import duration, thousands

from .contracts import EvaluationResult, fault_title, recipe_for
from .models import Device, Job, JobEvent, JobKind, JobState
from .selectors import Curves, Graph, curves_of, has_worker, last_event_id, lineage_of_job, log_tail, turns_of

TONES = {
    JobState.QUEUED: "",
    JobState.CLAIMED: "info",
    JobState.RUNNING: "info",
    JobState.SUCCEEDED: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "warn",
}
SERIES_WORDS = {
    "loss": gettext_lazy("Training loss"),
    "validation_loss": gettext_lazy("Validation loss"),
    "validation_accuracy": gettext_lazy("Accuracy"),
    "validation_macro_f1": gettext_lazy("Macro F1"),
    "learning_rate": gettext_lazy("Learning rate"),
    "gradient_norm": gettext_lazy("Gradient norm"),
}
SCORE_WORDS = {
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
EXPECTED = tuple(names for _title, names in CHARTS[:3])
OTHER_CHARTS_LIMIT = 8
MATRIX_LIMIT = 12


@dataclass(frozen=True, slots=True)
class Step:
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
class Turn:
    """One line of the job's events."""

    at: datetime
    words: str
    note: str
    attempt: int


@dataclass(frozen=True, slots=True)
class JobSheet:
    """All that the job's page shows.

    after    id of the last event that is in it
    waiting  what a job waits for that nothing is known of yet
    lacking  why it may wait long
    """

    job: Job
    after: int
    steps: list[Step]
    charts: list[Chart]
    lines: list[dict[str, Any]]
    turns: list[Turn]
    lineage: Graph
    title: str
    problem: str
    params: list[tuple[str, Any]]
    counted: str
    waiting: str
    lacking: str


def job_sheet(job: Job, *, shows_receipt: bool = True) -> JobSheet:
    after = last_event_id(job)
    return JobSheet(
        job=job,
        after=after,
        steps=steps_of(job),
        charts=charts_of(job, curves_of(job)),
        lines=log_tail(job, until=after),
        turns=[_turn(event) for event in turns_of(job, until=after)],
        lineage=lineage_of_job(job, shows_receipt=shows_receipt),
        title=title_of(job),
        problem=_(fault_title(job.code)) if job.code else "",
        params=params_of(job),
        counted=counted_of(job),
        waiting=waiting_for(job),
        lacking=lacking_for(job),
    )


def waiting_for(job: Job) -> str:
    """Return what a queued job waits for."""
    if job.not_before and job.not_before > timezone.now() and job.failures:
        return _("Waiting before the next attempt")
    words = {Device.GPU: _("Waiting for a GPU worker"), Device.CPU: _("Waiting for a CPU worker")}
    return words.get(Device(job.device), _("Waiting for a worker"))


def lacking_for(job: Job) -> str:
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


def counted_of(job: Job) -> str:
    """Return what the job's ended attempts count as: processor or GPU time."""
    totals = used_by("jobs", [f"{job.pk}/{attempt}" for attempt in range(1, job.attempt + 1)])
    words = {Meter.CPU_SECONDS: _("%(time)s of one core"), Meter.GPU_SECONDS: _("%(time)s of one GPU")}
    return ", ".join(words[Meter(meter)] % {"time": duration(total)} for meter, total in totals.items())


def _turn(event: JobEvent) -> Turn:
    data = event.data
    if event.kind == "checkpoint":
        return Turn(
            event.at, _("Checkpoint"), _("step %(step)s") % {"step": thousands(data["step"])}, event.attempt
        )
    if event.kind == "output":
        return Turn(event.at, _("Published"), f"{data['address']}@{data['commit'][:7]}", event.attempt)
    return Turn(
        event.at,
        str(JobState(data["state"]).label),
        data.get("worker") or data.get("message") or "",
        event.attempt,
    )


def title_of(job: Job) -> str:
    """Return the job in a few words: what is done to which model."""
    model = job.inputs.get("model", {}).get("address", "")
    words = {JobKind.FINE_TUNE: _("Fine-tune of %(model)s"), JobKind.EVALUATE: _("Evaluation of %(model)s")}
    return words[JobKind(job.kind)] % {"model": model}


def tone_of(job: Job) -> str:
    return TONES[JobState(job.state)]


def steps_of(job: Job) -> list[Step]:
    """Return the stops that the job passed, stands at, and has before it."""
    passed = [(_("Queued"), job.queued_at), (_("Claimed"), job.claimed_at), (_("Running"), job.started_at)]
    reached = [name for name, at in passed if at]
    steps = [
        Step(name, _stop(job, name, at, reached), at) for name, at in passed if at or not job.is_finished
    ]
    ends = {JobState.FAILED: "failed", JobState.CANCELLED: "stopped", JobState.SUCCEEDED: "done"}
    if job.is_finished:
        return [*steps, Step(job.get_state_display(), ends[JobState(job.state)], job.finished_at)]
    return [*steps, Step(_("Succeeded"), "todo", None)]


def _stop(job: Job, name: str, at: datetime | None, reached: list[str]) -> str:
    if at is None:
        return "todo"
    return "current" if not job.is_finished and name == reached[-1] else "done"


def charts_of(job: Job, curves: Curves) -> list[Chart]:
    """Return the charts of a job; those of a fine-tune are there before their first value, so that live values find them."""
    if job.kind != JobKind.FINE_TUNE and not curves.names:
        return []
    always = EXPECTED if job.kind == JobKind.FINE_TUNE else ()
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
    series = [(name, str(SERIES_WORDS.get(name, name))) for name in wanted]
    return Chart(title, series, [row for row in rows if any(value is not None for value in row[1:])])


def params_of(job: Job) -> list[tuple[str, Any]]:
    """Return the parameters by their words, in the recipe's order."""
    recipe = recipe_for(job.kind, job.recipe)
    return [(_(param.label), _shown(job.params.get(param.name, param.default))) for param in recipe.params]


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return value if value not in ("", None) else "–"


@dataclass(frozen=True, slots=True)
class ShownScore:
    """A score with its interval in percent of the axis."""

    name: str
    value: float
    low: float
    high: float

    @property
    def marks(self) -> dict[str, str]:
        """Places on an axis of 100 units, as SVG spells numbers."""
        return {name: f"{getattr(self, name) * 100:.1f}" for name in ("value", "low", "high")}


def shown_scores(scores: Iterable[Mapping[str, Any]]) -> list[ShownScore]:
    return [
        ShownScore(
            str(SCORE_WORDS.get(score["name"], score["name"])), score["value"], score["low"], score["high"]
        )
        for score in scores
    ]


@dataclass(frozen=True, slots=True)
class ReceiptSheet:
    """What the receipt's page shows. matrix: rows (label, cells (count, level 0 to 5)), empty for too many classes"""

    result: EvaluationResult
    scores: list[ShownScore]
    matrix: list[tuple[str, list[tuple[int, int]]]]
    params: list[tuple[str, Any]]


def receipt_sheet(body: Mapping[str, Any]) -> ReceiptSheet:
    result = EvaluationResult.from_json({**body["result"], "config_hash": body["config_hash"]})
    scores = shown_scores(body["result"]["scores"])
    recipe = recipe_for("evaluate", body["recipe"])
    params = [
        (_(param.label), _shown(body["params"].get(param.name)))
        for param in recipe.params
        if param.name in body["params"]
    ]
    return ReceiptSheet(result, scores, _matrix(result), params)


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
