"""Cancelling and retrying jobs."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record

from ..access import job_for, job_for_cancel
from ..audit import JobAction
from ..errors import JobAlreadyFinished, OutputTaken
from ..models import Job, JobState
from .active_jobs import check_active_jobs
from .isolation import check_trust
from .moves import change_state, enqueue_job, record_log_line
from .outputs import is_output_free
from .retries import seconds_left


@transaction.atomic
def cancel_job(*, actor: Actor, job_id: UUID) -> Job:
    """Cancel a job, at once if it is queued, else at its worker's next report. Idempotent.

    Staff may cancel any job.

    raises  JobNotFound, Forbidden, JobAlreadyFinished if it is finished
    """
    job = job_for_cancel(actor, job_id, lock=True)
    if job.state == JobState.CANCELLED or job.is_cancelling:
        return job
    if job.is_finished:
        raise JobAlreadyFinished(
            _("This job is already finished: %(state)s.") % {"state": job.get_state_display()}
        )
    job.cancel_requested_at = timezone.now()
    record_log_line(job, f"Cancelled by {actor.name}.", "info")
    if job.state == JobState.QUEUED:
        change_state(job, JobState.CANCELLED)
    job.save()
    record(
        actor, JobAction.CANCELLED, job.pk, ordered_by=job.submitted_by.username if job.submitted_by else ""
    )
    return job


@transaction.atomic
def retry_job(*, actor: Actor, job_id: UUID) -> Job:
    """Queue a failed or cancelled job again; it resumes from its last checkpoint if that is still available.

    raises  JobNotFound, Forbidden, JobAlreadyFinished, OutputTaken, UntrustedJobs, OverQuota
    """
    job = job_for(actor, job_id, Need.WRITE, lock=True)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise JobAlreadyFinished(
            _("This job cannot be retried: %(state)s.") % {"state": job.get_state_display()}
        )
    if job.output_repo and not is_output_free(job.output_repo, apart_from=job.pk):
        raise OutputTaken
    check_trust(job.submitted_by)
    check_active_jobs(job.namespace_id, job.submitted_by)
    left = seconds_left(job)
    if left is not None and left <= 0:
        raise JobAlreadyFinished(_("This job has reached its time limit. Start a smaller one."))
    job.cancel_requested_at, job.tries, job.failures = None, 0, []
    job.fault = job.code = job.message = ""
    record_log_line(job, f"Retried by {actor.name}.", "info")
    change_state(job, JobState.QUEUED)
    enqueue_job(job)
    record(actor, JobAction.RETRIED, job.pk)
    return job
