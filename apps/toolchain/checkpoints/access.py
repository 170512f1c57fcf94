"""Who may use checkpoints: readers of a job see them, only its own key reads their bytes."""

from __future__ import annotations

from uuid import UUID

from apps.core.actor import Actor, Need
from apps.toolchain.jobs.access import check_key, job_for

from .errors import CheckpointFileNotFound, CheckpointNotFound
from .models import Checkpoint, CheckpointObject


def checkpoint_for(actor: Actor, job_id: UUID, step: int, need: Need = Need.READ) -> Checkpoint:
    """Return a checkpoint of a job that the actor may see, or change.

    raises  JobNotFound (JobHidden for anonymous users), Forbidden, TokenScope, CheckpointNotFound
    """
    checkpoint = Checkpoint.objects.filter(job=job_for(actor, job_id, need), step=step).first()
    if checkpoint is None:
        raise CheckpointNotFound
    return checkpoint


def checkpoint_object_for(actor: Actor, job_id: UUID, sha256: str) -> CheckpointObject:
    """Return bytes of a job's checkpoints, to the job's own key alone.

    raises  Forbidden, Unauthenticated, CheckpointFileNotFound
    """
    check_key(actor, job_id)
    found = CheckpointObject.objects.filter(job=job_id, sha256=sha256).first()
    if found is None:
        raise CheckpointFileNotFound
    return found
