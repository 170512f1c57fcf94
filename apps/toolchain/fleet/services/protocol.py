"""What workers ask: who they are, and for their next job."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.toolchain.contracts import PROTOCOL, NextJob, NextRequest, WorkerHello, WorkerTerms
from apps.toolchain.jobs.models import Worker, WorkerState
from apps.toolchain.jobs.services import claim_next
from apps.toolchain.jobs.services.choose import rest_of
from apps.toolchain.jobs.services.workers import register_worker

from ..access import own_row
from ..errors import WorkerOutdated

POLL_SECONDS = 5.0
RESTING = "resting"


@transaction.atomic
def greet_worker(*, actor: Actor, hello: WorkerHello) -> WorkerTerms:
    """Store what a worker is that starts; one that its own checks had quarantined is checked anew.

    raises  WorkerOutdated, Forbidden, TooManyWorkers
    """
    if hello.protocol != PROTOCOL:
        raise WorkerOutdated(protocol=PROTOCOL)
    worker = register_worker(
        actor,
        hello.worker,
        hardware=hello.hardware.to_json(),
        versions=dict(hello.versions),
        has_gpu=hello.hardware.device != "cpu",
        recipes=dict(hello.recipes),
        memory_bytes=hello.memory_bytes or None,
        is_isolating=hello.takes_untrusted,
    )
    if worker.state == WorkerState.QUARANTINED and not worker.is_held:
        worker.state, worker.state_reason = WorkerState.READY, ""
        worker.save(update_fields=["state", "state_reason"])
    return WorkerTerms(str(worker.public_id), POLL_SECONDS)


def next_job(*, actor: Actor, worker_id: UUID, request: NextRequest) -> NextJob:
    """Assign the next job that a worker can run, and tell a worker without one why.

    raises  WorkerNotFound if it has to say hello first, Forbidden
    """
    worker = _note(actor, worker_id, request)
    reason = rest_of(worker)
    claim = None if reason else claim_next(worker)
    state = RESTING if reason and worker.state == WorkerState.READY else worker.state
    return NextJob(claim, str(state), reason)


@transaction.atomic
def _note(actor: Actor, worker_id: UUID, request: NextRequest) -> Worker:
    """Store how a worker is; the problems that it has found quarantine it until they are gone."""
    worker = own_row(actor, worker_id)
    worker.last_seen_at = timezone.now()
    worker.disk_bytes = request.disk_bytes or None
    worker.held_jobs, worker.cached_commits = list(request.held_jobs), list(request.cached_commits)
    had_problems, worker.problems = bool(worker.problems), list(request.problems)
    if not worker.is_held:
        if worker.problems:
            worker.state, worker.state_reason = WorkerState.QUARANTINED, worker.problems[0]
        elif had_problems:
            worker.state, worker.state_reason = WorkerState.READY, ""
    worker.save()
    return worker
