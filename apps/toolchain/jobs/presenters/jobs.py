"""View models of jobs: titles, badges and the job's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.business.usage.meters import Meter
from apps.core.text.formatting import duration, thousands
from apps.toolchain.contracts import Fault, fault_title, find_recipe, kind_words

from ..models import Device, Job, JobEvent, JobState
from ..selectors import (
    Graph,
    curves_of,
    last_event_number,
    lineage_of_job,
    log_tail,
    missing_worker,
    timeline_events,
    used_by,
    written_samples,
)
from .charts import Chart, job_charts
from .params import chosen_options, param_rows
from .scores import ResultSection, result_section
from .views import WrittenSection, written_sections

TONES = {
    JobState.QUEUED: "",
    JobState.CLAIMED: "info",
    JobState.RUNNING: "info",
    JobState.SUCCEEDED: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "warn",
}


@dataclass(frozen=True, slots=True)
class StepperStep:
    """One step of the stepper. state: done, current, failed, stopped or todo"""

    name: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One row of the table of events."""

    kind: str
    at: datetime
    label: str
    note: str
    attempt: int


@dataclass(frozen=True, slots=True)
class JobPage:
    """Everything that a job's page shows.

    after           number of the last event that it includes
    progress_label  what the job does before its worker reports progress
    options         labels and values of the main choices among its parameters
    missing_worker  why the job may wait for long
    result          what it measured, None before it has
    written         texts that it has shown while it ran; none once a result has them
    artifacts       files that it keeps, whose app stands above
    operator        person or organization whose own worker has the last attempt, "" for the site's
    new_job_path    form to order the job again with changes, "" unless it failed by a user fault
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
    options: list[tuple[str, Any]]
    compute_used: str
    compute_estimate: str
    progress_label: str
    missing_worker: str
    result: ResultSection | None
    written: list[WrittenSection]
    artifacts: list[Any]
    new_job_path: str
    operator: str


def job_page(job: Job, *, shows_receipt: bool = True) -> JobPage:
    after, recipe = last_event_number(job), find_recipe(job.kind, job.recipe)
    stored = getattr(job, "result", None) if shows_receipt else None
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
        params=param_rows(recipe, job.params),
        options=chosen_options(recipe, job.params),
        compute_used=compute_used(job),
        compute_estimate=compute_estimate(job),
        progress_label=progress_label(job),
        missing_worker=missing_worker_notice(job),
        result=result_section(recipe, stored.document, stored.views) if stored else None,
        written=[] if has_samples(stored) else written_sections(written_samples(job, until=after)),
        artifacts=list(job.artifacts.order_by("name")) if stored else [],
        operator=job.operator.partition(":")[2],
        new_job_path=order_path(job) if job.state == JobState.FAILED and job.fault == Fault.USER else "",
    )


def has_samples(stored: Any) -> bool:
    """Return whether a stored result shows texts, which then stand for those of the run."""
    return stored is not None and any(view["type"] == "samples" for view in stored.views)


def order_path(job: Job) -> str:
    """Return the form that orders the same recipe for the same repositories; "" if it is gone."""
    recipe = find_recipe(job.kind, job.recipe)
    if recipe is None:
        return ""
    main, *others = recipe.in_order(job.pins).items()
    facts = {name: repo.address for name, repo in others}
    facts |= {f"{name}_revision": repo.commit for name, repo in others}
    home = f"/datasets/{main[1].address}" if main[1].kind == "dataset" else f"/{main[1].address}"
    query = urlencode({**facts, "recipe": job.recipe})
    return f"{home}/{kind_words(job.kind).path}?{query}"


def progress_label(job: Job) -> str:
    """Return the label of a job's progress before its worker reports any."""
    if job.state == JobState.CLAIMED:
        return _("Starting")
    if job.state == JobState.RUNNING:
        return _("Preparing")
    if job.not_before and job.not_before > timezone.now() and job.failures:
        return _("Waiting to retry")
    labels = {Device.GPU: _("Waiting for a GPU worker"), Device.CPU: _("Waiting for a CPU worker")}
    return labels.get(Device(job.device), _("Waiting for a worker"))


def missing_worker_notice(job: Job) -> str:
    """Return a notice if a queued job requires a kind of worker that has not been seen lately."""
    match missing_worker(job):
        case Device.GPU:
            return _("No GPU worker has been active lately. The job starts when one is available.")
        case Device.CPU:
            return _("No CPU worker has been active lately. The job starts when one is available.")
    return ""


def compute_used(job: Job) -> str:
    """Return the processor or GPU time that the finished attempts have used."""
    labels = {Meter.CPU_SECONDS: _("%(time)s of CPU time"), Meter.GPU_SECONDS: _("%(time)s of GPU time")}
    used = [(labels[Meter(meter)], seconds) for meter, seconds in used_by(job).items() if seconds]
    return ", ".join(label % {"time": duration(seconds)} for label, seconds in used)


def compute_estimate(job: Job) -> str:
    """Return the time that the job was expected to take on the device that it has, "" if unknown."""
    device = "gpu" if job.hardware.get("device", "cpu") != "cpu" else "cpu"
    found = job.estimates.get(job.device or device, {})
    low, high = found.get("device_seconds_low"), found.get("device_seconds_high")
    return "" if low is None or high is None else f"{duration(low)} – {duration(high)}"


def _timeline_entry(event: JobEvent) -> TimelineEntry:
    label, note = _describe_event(event.kind, event.data)
    return TimelineEntry(event.kind, event.at, label, note, event.attempt)


def _describe_event(kind: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the label of an event and a note about it."""
    if kind == "checkpoint":
        return _("Checkpoint"), _("step %(step)s") % {"step": thousands(data["step"])}
    if kind == "output":
        return _("Published"), f"{data['address']}@{data['commit'][:7]}"
    return str(JobState(data["state"]).label), data.get("worker") or data.get("message") or ""


def job_title(job: Job) -> str:
    """Return the job's title: what is done to which repository."""
    addresses = {name: repo.get("address", "") for name, repo in job.inputs.items()}
    first = next(iter(addresses.values()), "")
    return _(kind_words(job.kind).title) % {"main": first, "model": first, **addresses}


def badge_tone(job: Job) -> str:
    return TONES[JobState(job.state)]


def stepper_steps(job: Job) -> list[StepperStep]:
    """Return the steps that the job has passed, its current one and those ahead."""
    passed = [(_("Queued"), job.queued_at), (_("Assigned"), job.claimed_at), (_("Running"), job.started_at)]
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
