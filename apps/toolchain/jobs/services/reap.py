"""Periodic recovery of jobs whose worker stopped responding and of lost queue messages."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.toolchain.contracts import Fault

from ..models import LEASED, Job, JobState
from .moves import change_state, enqueue_job, fail_out_of_time, requeue
from .retries import WORKER_LOST, is_retryable

log = structlog.get_logger(__name__)
SWEEP_LIMIT = 500
WAITING_LIMIT = 5000
FIRST_RESEND = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
DEADLINE_GRACE = timedelta(minutes=2)


def reap_expired() -> int:
    """Requeue jobs with an expired lease and fail those past their deadline; safe to run concurrently.

    returns  the number of expired leases
    """
    _cancel_abandoned()
    _end_overdue()
    lost = Job.objects.filter(state__in=LEASED, lease_until__lt=timezone.now()).order_by("lease_until")
    return sum(_reap(job_id) for job_id in lost.values_list("pk", flat=True)[:SWEEP_LIMIT])


@transaction.atomic
def _end_overdue() -> None:
    """Fail jobs that ran past their deadline although the worker knew it; this revokes the attempt's key."""
    rows = Job.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "namespace", "submitted_by"
    )
    for job in rows.filter(state__in=LEASED, deadline__lt=timezone.now() - DEADLINE_GRACE)[:SWEEP_LIMIT]:
        log.warning("job.overdue", **job.facts())
        if job.is_cancelling:
            change_state(job, JobState.CANCELLED)
        else:
            fail_out_of_time(job)


@transaction.atomic
def _cancel_abandoned() -> None:
    """Cancel queued jobs of deleted users, which cannot be claimed any more."""
    rows = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=JobState.QUEUED, submitted_by=None
    )
    for job in rows[:SWEEP_LIMIT]:
        change_state(job, JobState.CANCELLED)


@transaction.atomic
def _reap(job_id: UUID) -> bool:
    """Requeue a lost job, or end it if it was being cancelled or has been lost too often."""
    rows = Job.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "namespace", "submitted_by"
    )
    job = rows.filter(pk=job_id, state__in=LEASED, lease_until__lt=timezone.now()).first()
    if job is None:
        return False
    log.warning("job.lost", **job.facts())
    if job.is_cancelling:
        change_state(job, JobState.CANCELLED)
    elif is_retryable(job, WORKER_LOST, ""):
        requeue(
            job,
            f"The worker of attempt {job.attempt} stopped responding. The job was requeued.",
            code=WORKER_LOST,
        )
    else:
        job.fault, job.code = Fault.PLATFORM, WORKER_LOST
        job.message = f"The worker stopped responding {job.tries} times."
        change_state(
            job, JobState.FAILED, is_platform_fault=True, fault=job.fault, code=job.code, message=job.message
        )
    return True


def resend_waiting() -> int:
    """Resend the messages of queued jobs at growing intervals in case they were lost; duplicates do no harm.

    A job that waits for a retry is sent when its wait is over.
    """
    now = timezone.now()
    may_start = Q(not_before=None) | Q(not_before__lte=now)
    was_sent_before_delay = Q(not_before__lte=now, sent_at__lt=F("not_before"))
    is_due = Q(sent_at__lt=now - FIRST_RESEND) & may_start | was_sent_before_delay
    rows = Job.objects.filter(is_due, state=JobState.QUEUED, submitted_by__is_active=True).order_by("sent_at")
    waiting = rows.values_list("pk", "sends", "sent_at", "not_before")[:WAITING_LIMIT]
    due = [
        job_id
        for job_id, sends, sent_at, not_before in waiting
        if (not_before and sent_at < not_before) or now - sent_at >= pause(sends)
    ]
    return sum(_resend(job_id) for job_id in due[:SWEEP_LIMIT])


def pause(sends: int) -> timedelta:
    """Return the interval after so many messages: 30 s, doubled each time, at most 15 min."""
    doublings: int = min(max(sends - 1, 0), 10)
    return min(FIRST_RESEND * (1 << doublings), LONGEST_PAUSE)


@transaction.atomic
def _resend(job_id: UUID) -> bool:
    job = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id, state=JobState.QUEUED).first()
    if job is None:
        return False
    enqueue_job(job)
    return True
