"""Cancelling, pausing and resuming a fine-tune; forgetting the name of its model.

A paused job gives up its worker: it is stopped as by a cancellation, which saves a checkpoint, and continues
from there.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.services import cancel_job, retry_job

from ..access import fine_tune_for, tuned_by_name
from ..errors import FineTuneOver, StillStopping
from ..models import FineTune
from ..selectors.state import OVER, is_paused, is_stopping, status_of


@transaction.atomic
def cancel_fine_tune(*, actor: Actor, public_id: str) -> FineTune:
    """Cancel a fine-tune, a paused one too.

    raises  FineTuneNotFound, FineTuneOver if it is over, Forbidden, TokenScope
    """
    found = _locked(actor, public_id)
    job = _open_job(found, "cancelled", "job_not_cancellable")
    found.paused_at = None
    found.save(update_fields=["paused_at"])
    cancel_job(actor=actor, job_id=job.pk)
    return fine_tune_for(actor, public_id)


@transaction.atomic
def pause_fine_tune(*, actor: Actor, public_id: str) -> FineTune:
    """Stop a fine-tune, to be resumed. Idempotent.

    raises  FineTuneNotFound, FineTuneOver if it is over, Forbidden, TokenScope
    """
    found = _locked(actor, public_id)
    job = _open_job(found, "paused", "job_not_pausable")
    if not is_paused(found):
        found.paused_at = timezone.now()
        found.save(update_fields=["paused_at"])
        cancel_job(actor=actor, job_id=job.pk)
    return fine_tune_for(actor, public_id)


@transaction.atomic
def resume_fine_tune(*, actor: Actor, public_id: str) -> FineTune:
    """Queue a paused fine-tune again.

    raises  FineTuneNotFound, FineTuneOver if it is not paused, StillStopping, OverQuota, OutputTaken,
            Forbidden, TokenScope
    """
    found = _locked(actor, public_id)
    if not is_paused(found) or found.job is None:
        raise FineTuneOver("The job is not paused.", reason="job_not_paused")
    if is_stopping(found.job):
        raise StillStopping(headers={"Retry-After": "2"})
    retry_job(actor=actor, job_id=found.job.pk)
    found.paused_at = None
    found.save(update_fields=["paused_at"])
    return fine_tune_for(actor, public_id)


def delete_name(*, actor: Actor, name: str) -> None:
    """Forget the name of a tuned model; its repository stays.

    raises  ModelNameNotFound, Forbidden, TokenScope
    """
    found = tuned_by_name(actor, name, Need.WRITE)
    FineTune.objects.filter(pk=found.pk).update(is_name_deleted=True)


def _locked(actor: Actor, public_id: str) -> FineTune:
    """Lock a fine-tune that the actor may change, and return it as it is now."""
    FineTune.objects.select_for_update().filter(public_id=public_id).first()
    return fine_tune_for(actor, public_id, Need.WRITE)


def _open_job(found: FineTune, word: str, reason: str) -> Job:
    """Return the job of a fine-tune that is not over (raises FineTuneOver)."""
    status = status_of(found)
    if found.job is None or status in OVER:
        raise FineTuneOver(f"A job that is {status} can't be {word}.", reason=reason)
    return found.job
