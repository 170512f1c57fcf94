"""Claiming a job: exactly one worker gets it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden
from apps.toolchain.contracts import Claim, ClaimRequest, EventKind
from apps.users.accounts.models import TokenRole, User
from apps.users.accounts.services import issue_token, revoke_job_keys

from ..access import lock_job
from ..errors import JobNotFound, NotClaimable, UnfitWorker
from ..models import LEASED, Job, JobState, Worker
from .isolation import check_isolation
from .moves import change_state, is_out_of_time, record_event
from .retries import TRIES_LIMIT, WORKER_LOST, check_worker_fits, remember_failure, seconds_left

KEY_LASTS = timedelta(days=30)


def claim_job(*, actor: Actor, job_id: UUID, request: ClaimRequest) -> Claim:
    """Assign a queued job to a worker, with a key for the job's repositories that is valid for the attempt.

    A job with an expired lease is requeued first. One conditional UPDATE decides between workers. A refused
    worker is registered all the same, and a job for another worker is offered again.
    raises  NotClaimable, UnfitWorker, NotIsolated, JobNotFound, Forbidden
    """
    if actor.kind is not ActorKind.WORKER:
        raise Forbidden("This endpoint is for workers.")
    worker = _register_worker(request)
    check_isolation(job_id, request)
    try:
        return _claim_queued(job_id, worker, request)
    except UnfitWorker as refusal:
        if refusal.again_at:
            Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
                not_before=Greatest("not_before", refusal.again_at)
            )
        raise


@transaction.atomic
def _claim_queued(job_id: UUID, worker: Worker, request: ClaimRequest) -> Claim:
    _requeue_expired(job_id)
    waiting = Job.objects.filter(pk=job_id).first()
    if waiting is None:
        raise JobNotFound
    check_worker_fits(waiting, worker)
    now, left = timezone.now(), seconds_left(waiting)
    is_due = Q(not_before=None) | Q(not_before__lte=now)
    # No join here: PostgreSQL would not re-check joined rows after waiting for the lock.
    won = Job.objects.filter(is_due, pk=job_id, state=JobState.QUEUED, cancel_requested_at=None).update(
        state=JobState.CLAIMED,
        attempt=F("attempt") + 1,
        tries=F("tries") + 1,
        last_seq=0,
        worker=worker,
        hardware=request.hardware.to_json(),
        versions=dict(request.versions),
        claimed_at=now,
        started_at=None,
        progress=None,
        not_before=None,
        deadline=None if left is None else now + timedelta(seconds=max(left, 0)),
        lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
    )
    if not won:
        raise NotClaimable
    job = lock_job(job_id)
    if job.submitted_by is None or not job.submitted_by.is_active:
        raise NotClaimable("The user who submitted this job no longer exists.")
    record_event(
        job,
        EventKind.STATE,
        {"state": JobState.CLAIMED.value, "worker": worker.name, "device": request.hardware.name},
    )
    job.save(update_fields=["event_count"])
    return _issue_claim(job, job.submitted_by)


def _requeue_expired(job_id: UUID) -> None:
    """Requeue a job whose lease has expired, without waiting for the sweep."""
    lost = Job.objects.filter(
        pk=job_id,
        state__in=LEASED,
        lease_until__lt=timezone.now(),
        cancel_requested_at=None,
        tries__lt=TRIES_LIMIT,
    )
    job = lost.select_for_update(of=("self",), skip_locked=True).first()
    if job and not is_out_of_time(job):
        remember_failure(job, WORKER_LOST, "")
        change_state(job, JobState.QUEUED, is_platform_fault=True)


def _register_worker(request: ClaimRequest) -> Worker:
    hardware = request.hardware.to_json()
    facts = {
        "hardware": hardware,
        "versions": dict(request.versions),
        "has_gpu": request.hardware.device != "cpu",
        "last_seen_at": timezone.now(),
    }
    return Worker.objects.update_or_create(name=request.worker[:200], defaults=facts)[0]


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
