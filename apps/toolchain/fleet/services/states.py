"""Draining, quarantining and removing workers."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.toolchain.jobs.models import LEASED, Job, Worker, WorkerState

from ..access import worker_for
from ..audit import FleetAction
from ..errors import WorkerBusy


@transaction.atomic
def set_worker_state(*, actor: Actor, worker_id: UUID, state: WorkerState, reason: str = "") -> Worker:
    """Let a worker drain, quarantine it or make it ready again. It keeps the jobs that it has.

    A state that a person has set stays until a person changes it; ready forgets the failures of before.

    raises  WorkerNotFound
    """
    worker = worker_for(actor, worker_id, Need.WRITE, lock=True)
    worker.state, worker.state_reason = state, reason[:300]
    worker.is_held = state != WorkerState.READY
    if state == WorkerState.READY:
        worker.failures_in_row, worker.rests_until, worker.problems = 0, None, []
    worker.save()
    record(actor, FleetAction.STATE_CHANGED, worker.name, state=state.value, reason=worker.state_reason)
    return worker


@transaction.atomic
def remove_worker(*, actor: Actor, worker_id: UUID) -> None:
    """Remove a worker that is gone; one that is not says hello again.

    raises  WorkerNotFound, WorkerBusy while it has a job
    """
    worker = worker_for(actor, worker_id, Need.WRITE, lock=True)
    if Job.objects.filter(worker=worker, state__in=LEASED).exists():
        raise WorkerBusy
    record(actor, FleetAction.REMOVED, worker.name)
    worker.delete()
