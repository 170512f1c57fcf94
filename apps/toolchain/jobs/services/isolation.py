"""Which workers may run whose jobs: without isolation, only jobs of administrators."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.toolchain.contracts import ClaimRequest, EventKind
from apps.users.accounts.models import User

from ..errors import NotIsolated, UntrustedJobs
from ..models import Job, JobEvent, JobState
from .moves import record_log_line


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


def _log_isolation_wait(job: Job, worker: str) -> None:
    """Log the reason once each time that the job is queued."""
    line = f"Worker {worker} cannot isolate jobs. Waiting for another worker."
    is_logged = JobEvent.objects.filter(
        job=job, kind=str(EventKind.LOG), at__gte=job.queued_at, data__line=line
    ).exists()
    if job.state == JobState.QUEUED and not is_logged:
        record_log_line(job, line)
        job.save(update_fields=["event_count"])
