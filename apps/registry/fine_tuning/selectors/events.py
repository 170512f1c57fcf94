"""A fine-tune's events and checkpoints as the API shows them, newest first.

An item is known by a number that only grows: those of the site's own sentences come before the job's events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.toolchain.contracts import EventKind, RunState
from apps.toolchain.jobs.models import Job, JobEvent
from apps.toolchain.jobs.selectors import curves_of

from ..models import FineTune
from ..names import checkpoint_name

# numbers of the sentences before the job's first event
CREATED, VALIDATING, VALIDATED = 1, 2, 3
SENTENCES = VALIDATED
CURVE_POINTS = 20_000
METRICS = {
    "loss": "train_loss",
    "token_accuracy": "train_mean_token_accuracy",
    "mean_token_accuracy": "train_mean_token_accuracy",
    "validation_loss": "valid_loss",
    "validation_token_accuracy": "valid_mean_token_accuracy",
    "validation_mean_token_accuracy": "valid_mean_token_accuracy",
}
LEVELS = {"warning": "warn", "error": "error"}
SHOWN_LINES = Q(kind=str(EventKind.LOG), data__level__in=list(LEVELS))
SHOWN_STATES = Q(
    kind=str(EventKind.STATE),
    data__state__in=[RunState.RUNNING, RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED],
)
SHOWN_METRICS = Q(kind=str(EventKind.METRIC)) & (
    Q(data__values__has_key="loss") | Q(data__values__has_key="validation_loss")
)


@dataclass(frozen=True, slots=True)
class TuningEvent:
    """number: its place; data: of metrics, by the names of the API"""

    number: int
    at: datetime
    message: str
    level: str = "info"
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def is_metrics(self) -> bool:
        return bool(self.data)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint with the metrics that were known at its step."""

    number: int
    at: datetime
    step: int
    metrics: dict[str, float]


def events_of(found: FineTune, *, before: int | None, limit: int) -> list[TuningEvent]:
    """Return events, newest first.

    before  only those with a lower number
    """
    own = [one for one in _sentences(found) if before is None or one.number < before]
    rows = _job_events(found.job, before, limit) if found.job else []
    name = found.name or ""
    of_job = [shown for row in rows if (shown := _shown(row, found.job, name)) is not None]
    return [*of_job, *reversed(own)][:limit]


def _sentences(found: FineTune) -> Iterator[TuningEvent]:
    at = found.created_at
    yield TuningEvent(CREATED, at, f"Created fine-tuning job: {found.public_id}")
    yield TuningEvent(VALIDATING, at, f"Validating training file: {found.training_file}")
    if found.error:
        yield TuningEvent(VALIDATED, at, str(found.error["message"]), "error")
    else:
        yield TuningEvent(VALIDATED, at, "Files validated, moving job to queued state")


def _job_events(job: Job, before: int | None, limit: int) -> Sequence[JobEvent]:
    rows = JobEvent.objects.filter(
        SHOWN_LINES | SHOWN_STATES | SHOWN_METRICS | Q(kind=str(EventKind.OUTPUT)), job=job
    )
    if before is not None:
        rows = rows.filter(number__lt=max(0, before - SENTENCES))
    return list(rows.order_by("-number")[:limit])


def _shown(row: JobEvent, job: Job | None, name: str) -> TuningEvent | None:
    number, at, data = row.number + SENTENCES, row.at, row.data
    match row.kind:
        case EventKind.METRIC:
            return _metrics_event(number, at, data, _total_steps(job))
        case EventKind.LOG:
            return TuningEvent(number, at, data["line"], LEVELS[data["level"]])
        case EventKind.OUTPUT:
            return TuningEvent(number, at, f"New fine-tuned model created: {name}")
        case _:
            return _state_event(number, at, data)


def _state_event(number: int, at: datetime, data: dict[str, Any]) -> TuningEvent:
    match data["state"]:
        case RunState.RUNNING:
            return TuningEvent(number, at, "Fine-tuning job started")
        case RunState.SUCCEEDED:
            return TuningEvent(number, at, "The job has successfully completed")
        case RunState.FAILED:
            reason = data.get("message") or data.get("code") or "unknown reason"
            return TuningEvent(number, at, f"The job failed: {reason}", "error")
        case _:
            return TuningEvent(number, at, "The job was stopped")


def _metrics_event(number: int, at: datetime, data: dict[str, Any], total: int | None) -> TuningEvent:
    step, values = data["step"], metrics_of(data["values"])
    shown = {"train_loss": "training loss", "valid_loss": "validation loss"}
    words = ", ".join(f"{word}={values[name]:.2f}" for name, word in shown.items() if name in values)
    place = f"{step}/{total}" if total else str(step)
    facts = {"step": step, **({"total_steps": total} if total else {}), **values}
    return TuningEvent(number, at, f"Step {place}: {words}", data=facts)


def _total_steps(job: Job | None) -> int | None:
    total = job.progress.get("total") if job and job.progress else None
    return total if isinstance(total, int) and total else None


def metrics_of(values: dict[str, float]) -> dict[str, float]:
    """Return a step's metrics by the names of the API."""
    return {METRICS[name]: value for name, value in values.items() if name in METRICS and value is not None}


def checkpoints_of(found: FineTune, *, before: int | None, limit: int) -> list[Checkpoint]:
    """Return the checkpoints of a fine-tune, newest first, each step once.

    before  only those with a lower number, which is their step
    """
    if found.job is None:
        return []
    saved = JobEvent.objects.filter(job=found.job, kind=str(EventKind.CHECKPOINT)).order_by("number")
    times: dict[int, datetime] = {data["step"]: at for data, at in saved.values_list("data", "at")}
    steps = sorted((step for step in times if before is None or step < before), reverse=True)[:limit]
    if not steps:
        return []
    rows = curve_rows(found.job)
    return [Checkpoint(step, times[step], step, _metrics_at(rows, step)) for step in steps]


def curve_rows(job: Job) -> list[tuple[int, dict[str, float]]]:
    """Return the metrics by step, by the names of the API."""
    curves = curves_of(job, points=CURVE_POINTS)
    found = []
    for step, *values in curves.rows:
        named = {name: value for name, value in zip(curves.names, values, strict=True) if value is not None}
        found.append((int(step or 0), metrics_of(named)))
    return found


def _metrics_at(rows: Sequence[tuple[int, dict[str, float]]], step: int) -> dict[str, float]:
    """Return the last value of each metric up to a step."""
    found: dict[str, float] = {}
    for at, values in rows:
        if at > step:
            break
        found |= values
    return {"step": step, **found}


def name_of_checkpoint(found: FineTune, checkpoint: Checkpoint) -> str:
    return checkpoint_name(found.name or "", checkpoint.step)
