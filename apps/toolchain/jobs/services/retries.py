"""Retries after platform faults: whether, when and on which worker."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.toolchain.contracts import TRANSIENT

from ..models import Job, Worker, WorkerState

TRIES_LIMIT = 3
TRANSIENT_TRIES_LIMIT = 5
WORKER_STOPPED, WORKER_LOST = "worker_stopped", "worker_lost"
RETRY_DELAYS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
PAUSES = {3: timedelta(minutes=1), 4: timedelta(minutes=2), 5: timedelta(minutes=5)}
SEEN_WITHIN = timedelta(hours=1)
AVOID_WORKER_FOR = timedelta(minutes=20)
QUARANTINE_AFTER = 5
FAILURES_LIMIT = 20
REASON_LIMIT = 300
# what differs between two messages of the same failure: paths, memory addresses and numbers
VARIABLE_PARTS = re.compile(r"(?<![\w.])/[^\s'\",:)]+|0x[0-9a-f]+|\d+", re.IGNORECASE)


def reason_of(message: str) -> str:
    """Return a message without the parts that vary between occurrences of the same failure."""
    return VARIABLE_PARTS.sub("#", message)[:REASON_LIMIT]


def is_retryable(job: Job, code: str, message: str) -> bool:
    """Return whether a platform fault is worth another try; a worker that was shut down costs none.

    A failure that repeats at the same checkpoint with the same message is not retried again.
    """
    if code == WORKER_STOPPED:
        job.tries = 0
        return True
    if code not in TRANSIENT and any(_is_same(job, failure, code, message) for failure in job.failures):
        return False
    is_transient = code in TRANSIENT and code != WORKER_LOST
    return job.tries < (TRANSIENT_TRIES_LIMIT if is_transient else TRIES_LIMIT)


def _is_same(job: Job, failure: dict[str, Any], code: str, message: str) -> bool:
    known = (failure["code"], failure["reason"], failure["step"])
    return known == (code, reason_of(message), job.checkpoint_step or 0)


def remember_failure(job: Job, code: str, message: str) -> None:
    """Add a platform fault and its worker to the job's failures; the caller saves the job."""
    if code == WORKER_STOPPED:
        return
    failure = {
        "worker": job.worker_id,
        "code": code,
        "reason": reason_of(message),
        "step": job.checkpoint_step or 0,
    }
    job.failures = [*job.failures, failure][-FAILURES_LIMIT:]


def retry_delay(job: Job, code: str) -> timedelta:
    """Return the delay before the next try, longer each time; none after a first lost lease."""
    if code == WORKER_STOPPED or (code == WORKER_LOST and job.tries <= 1):
        return timedelta(0)
    return RETRY_DELAYS[min(max(job.tries, 1), len(RETRY_DELAYS)) - 1]


def seconds_left(job: Job, ran_seconds: float | None = None) -> float | None:
    """Return how long a job may still run, None without a limit."""
    limits = [limit for limit in (settings.JOB_SECONDS_LIMIT, job.max_seconds) if limit]
    if not limits:
        return None
    return float(min(limits) - (job.ran_seconds if ran_seconds is None else ran_seconds))


def time_message(job: Job) -> str:
    site: int = settings.JOB_SECONDS_LIMIT
    if job.max_seconds and (not site or job.max_seconds < site):
        return f"The job reached its limit of {job.max_seconds} seconds."
    return f"The job reached this site's limit of {site / 3600:g} hours."


def record_worker_failure(job: Job) -> None:
    """Count a worker's failures in a row, and pause it after several, so that it cannot fail every job.

    After more of them it is quarantined, if another worker is there for its jobs.
    """
    if job.worker_id is None:
        return
    worker = Worker.objects.select_for_update().get(pk=job.worker_id)
    worker.failures_in_row += 1
    rest = PAUSES.get(min(worker.failures_in_row, max(PAUSES)))
    worker.rests_until = timezone.now() + rest if rest else None
    worker.failure_count += 1
    is_sick = worker.state == WorkerState.READY and worker.failures_in_row >= QUARANTINE_AFTER
    if is_sick and substitutes(worker).exists():
        worker.state = WorkerState.QUARANTINED
        worker.state_reason = f"{worker.failures_in_row} attempts in a row failed, the last by {job.code}."
    worker.save()


def substitutes(worker: Worker) -> QuerySet[Worker]:
    """Return the other workers that have been seen lately and get the same jobs."""
    rows = Worker.objects.filter(
        has_gpu=worker.has_gpu, state=WorkerState.READY, last_seen_at__gte=timezone.now() - SEEN_WITHIN
    )
    return rows.filter(Q(namespace=None) | Q(namespace=worker.namespace_id)).exclude(pk=worker.pk)


def reset_worker_failures(job: Job) -> None:
    if job.worker_id is None:
        return
    Worker.objects.filter(pk=job.worker_id, failures_in_row__gt=0).update(failures_in_row=0, rests_until=None)
