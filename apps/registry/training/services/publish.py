"""Publishing a checkpoint of a job as a model of its own."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.toolchain.checkpoints.models import Checkpoint
from apps.toolchain.checkpoints.services import copy_checkpoint
from apps.toolchain.jobs.errors import InvalidOrder
from apps.toolchain.jobs.models import Job

from .launch import InputRepo, Output, order_job


@transaction.atomic
def publish_checkpoint(*, actor: Actor, checkpoint: Checkpoint, output: Output) -> Job:
    """Submit a job that publishes a checkpoint of another job, which the actor may change.

    It is a job of the same recipe with the same settings, which ends at the checkpoint instead of training,
    so that the model, its card and its scores are like those of every other job.
    raises  InvalidOrder, Unauthenticated, Forbidden, OverQuota
    """
    source = checkpoint.job
    if not source.output:
        raise InvalidOrder(_("This job does not publish a model."))
    job = order_job(
        actor=actor,
        kind=source.kind,
        recipe=source.recipe,
        inputs={name: InputRepo(repo.address, repo.commit, repo.kind) for name, repo in source.pins.items()},
        output=output,
        params=source.params,
        seed=source.seed,
        is_public=source.is_public,
        device=source.device,
        max_seconds=source.max_seconds,
    )
    copy_checkpoint(checkpoint, job)
    return job
