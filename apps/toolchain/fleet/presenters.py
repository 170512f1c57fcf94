"""View models of workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.toolchain.jobs.models import Job, Worker, WorkerState
from apps.toolchain.jobs.presenters import job_title

from .selectors import WINDOW, Activity, activity_of, is_away, other_recipes

TONES = {WorkerState.READY: "good", WorkerState.DRAINING: "warn", WorkerState.QUARANTINED: "bad"}


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker as lists show it.

    label, tone    of its state; a worker that has not been heard of is away
    running        its jobs with their titles
    use_percent    share of the last day in which it had a job
    other_recipes  those of the site that it has not, or in another version
    is_drained     whether it can be stopped without a loss
    """

    worker: Worker
    label: str
    tone: str
    reason: str
    running: list[tuple[Job, str]]
    succeeded: int
    failed: int
    use_percent: int
    other_recipes: list[str]
    is_drained: bool


def worker_rows(workers: Sequence[Worker]) -> list[WorkerRow]:
    activity = activity_of(workers)
    return [_row(worker, activity[worker.pk]) for worker in workers]


def _row(worker: Worker, done: Activity) -> WorkerRow:
    state = WorkerState(worker.state)
    label, tone = str(state.label), TONES[state]
    reason = worker.state_reason
    if is_away(worker) and not done.running:
        label, tone = _("Away"), ""
    elif state == WorkerState.READY and worker.rests_until and worker.rests_until > timezone.now():
        label, tone = _("Resting"), "warn"
        reason = _("After %(count)s failures in a row.") % {"count": worker.failures_in_row}
    elif state == WorkerState.READY and done.running:
        label, tone = _("Working"), "info"
    return WorkerRow(
        worker=worker,
        label=label,
        tone=tone,
        reason=reason,
        running=[(job, job_title(job)) for job in done.running],
        succeeded=done.succeeded,
        failed=done.failed,
        use_percent=min(100, round(100 * done.busy_seconds / WINDOW.total_seconds())),
        other_recipes=other_recipes(worker),
        is_drained=state == WorkerState.DRAINING and not done.running,
    )
