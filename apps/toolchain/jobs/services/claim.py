"""Claiming a job: exactly one worker gets it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.toolchain.contracts import Claim, ClaimRequest, EventKind
from apps.users.accounts.models import TokenRole, User
from apps.users.accounts.services import issue_token, revoke_job_keys

from ..access import lock_job
from ..errors import JobNotFound, NotClaimable, UnfitWorker
from ..models import LEASED, Device, Job, JobState, Worker
from .choose import choose_job, rest_of
from .isolation import check_isolation, log_isolation_waits
from .moves import change_state, is_out_of_time, record_event
from .retries import TRIES_LIMIT, WORKER_LOST, remember_failure, seconds_left
from .workers import register_worker

KEY_LASTS = timedelta(days=30)
LOST_LIMIT = 20


def claim_next(worker: Worker) -> Claim | None:
    """Assign the next job that a worker can run; None if there is none.

    Jobs with an expired lease are requeued first. The key for the job's repositories lasts for the attempt.
    """
    with transaction.atomic():
        _requeue_expired()
        job_id = choose_job(worker)
        if job_id is not None:
            return _assign(job_id, worker)
    if not worker.is_isolating and worker.namespace_id is None:
        log_isolation_waits(worker.name)
    return None


def claim_job(*, actor: Actor, job_id: UUID, request: ClaimRequest) -> Claim:
    """Assign a certain job to a worker that can run it, such as one of an earlier version asks for.

    raises  NotClaimable, UnfitWorker, NotIsolated, JobNotFound, Forbidden, TooManyWorkers
    """
    worker = register_worker(
        actor,
        request.worker,
        hardware=request.hardware.to_json(),
        versions=dict(request.versions),
        has_gpu=request.hardware.device != "cpu",
        is_isolating=request.takes_untrusted,
    )
    check_isolation(job_id, request)
    with transaction.atomic():
        _requeue_expired(job_id)
        if choose_job(worker, only=job_id) is None:
            raise _refusal(job_id, worker)
        return _assign(job_id, worker)


def _refusal(job_id: UUID, worker: Worker) -> Exception:
    """Return why a worker does not get a job."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return JobNotFound()
    if job.state == JobState.QUEUED and job.submitted_by is None:
        return NotClaimable("The user who submitted this job no longer exists.")
    if job.state != JobState.QUEUED or (job.not_before and job.not_before > timezone.now()):
        return NotClaimable()
    has_other_device = bool(job.device) and (job.device == Device.GPU) != worker.has_gpu
    is_foreign = worker.namespace_id is not None
    has_failed = any(failure["worker"] == worker.pk for failure in job.failures)
    reason = rest_of(worker)
    return UnfitWorker(reason) if reason or has_other_device or is_foreign or has_failed else NotClaimable()


def _assign(job_id: UUID, worker: Worker) -> Claim:
    """Assign a job whose row is locked."""
    job = lock_job(job_id)
    now, left = timezone.now(), seconds_left(job)
    job.move_to(JobState.CLAIMED)
    job.attempt, job.tries, job.last_seq = job.attempt + 1, job.tries + 1, 0
    job.worker, job.operator = worker, worker.operator
    job.hardware, job.versions = worker.hardware, worker.versions
    job.claimed_at, job.started_at, job.progress, job.not_before = now, None, None, None
    job.deadline = None if left is None else now + timedelta(seconds=max(left, 0))
    job.lease_until = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    record_event(
        job,
        EventKind.STATE,
        {"state": JobState.CLAIMED.value, "worker": worker.name, "device": worker.hardware.get("name", "")},
    )
    job.save()
    Worker.objects.filter(pk=worker.pk).update(attempt_count=F("attempt_count") + 1)
    if job.submitted_by is None:
        raise NotClaimable("The user who submitted this job no longer exists.")
    return _issue_claim(job, job.submitted_by)


def _requeue_expired(job_id: UUID | None = None) -> None:
    """Requeue jobs whose lease has expired, or one of them, without waiting for the sweep."""
    lost = Job.objects.filter(
        state__in=LEASED, lease_until__lt=timezone.now(), cancel_requested_at=None, tries__lt=TRIES_LIMIT
    )
    lost = lost if job_id is None else lost.filter(pk=job_id)
    for job in lost.select_for_update(of=("self",), skip_locked=True)[:LOST_LIMIT]:
        if not is_out_of_time(job):
            remember_failure(job, WORKER_LOST, "")
            change_state(job, JobState.QUEUED, is_platform_fault=True)


def _issue_claim(job: Job, user: User) -> Claim:
    revoke_job_keys(job.pk)
    raw = issue_token(
        user,
        name=f"job {job.pk}"[:100],
        role=TokenRole.JOB,
        grants=grants_of(job),
        expires_at=timezone.now() + KEY_LASTS,
        job_id=job.pk,
    )[1]
    return Claim(
        spec=job.spec(settings.PUBLIC_URL, steps_limit=settings.JOB_STEPS_LIMIT),
        key=raw,
        attempt=job.attempt,
        lease_seconds=settings.JOB_LEASE_SECONDS,
        heartbeat_seconds=settings.JOB_HEARTBEAT_SECONDS,
        is_trusted=user.is_staff,
        seconds_left=0 if job.deadline is None else max(1.0, (job.deadline - timezone.now()).total_seconds()),
    )


def grants_of(job: Job) -> list[dict[str, object]]:
    """Return the grants of a job key: read the inputs, create and write the output."""
    grants = [
        {"target": f"{repo.kind}:{repo.address}".casefold(), "need": int(Need.READ)}
        for repo in job.pins.values()
    ]
    output = job.output_repo
    if output:
        grants.append({"target": f"{output.kind}:{output.address}".casefold(), "need": int(Need.WRITE)})
    return grants
