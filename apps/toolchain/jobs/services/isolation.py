"""Which workers may run whose jobs: without isolation, only jobs of administrators."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.toolchain.contracts import ClaimRequest, EventKind
from apps.users.accounts.models import User

from ..errors import NotIsolated, UntrustedJobs
from ..models import Job, JobEvent, JobState
from .moves import record_log_line

WAITS_LIMIT = 20


def check_trust(user: User | None) -> None:
    """Refuse jobs of other users than administrators if no worker can isolate them.

    raises  UntrustedJobs
    """
    if not settings.UNTRUSTED_JOBS and not (user and user.is_staff):
        raise UntrustedJobs


def check_isolation(job_id: UUID, request: ClaimRequest) -> None:
    """Refuse a job to a worker that cannot isolate it; the job stays queued, and no attempt is counted.

    raises  NotIsolated
    """
    if request.takes_untrusted:
        return
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(of=("self",))
            .filter(pk=job_id)
            .exclude(submitted_by__is_staff=True)
            .first()
        )
        if job is None:
            return
        _log_isolation_wait(job, request.worker[:200])
    raise NotIsolated


def log_isolation_waits(worker: str) -> None:
    """Log why jobs wait that a worker of the site would run if it could isolate them."""
    due = Q(not_before=None) | Q(not_before__lte=timezone.now())
    waiting = Job.objects.filter(due, state=JobState.QUEUED).exclude(submitted_by__is_staff=True)
    with transaction.atomic():
        rows = waiting.select_for_update(of=("self",), skip_locked=True).order_by("queued_at")
        for job in rows[:WAITS_LIMIT]:
            _log_isolation_wait(job, worker)


def _log_isolation_wait(job: Job, worker: str) -> None:
    """Log the reason once each time that the job is queued."""
    line = f"Worker {worker} cannot isolate jobs. Waiting for another worker."
    is_logged = JobEvent.objects.filter(
        job=job, kind=str(EventKind.LOG), at__gte=job.queued_at, data__line=line
    ).exists()
    if job.state == JobState.QUEUED and not is_logged:
        record_log_line(job, line)
        job.save(update_fields=["event_count"])
