"""Policies of checkpoints: they open the checkpoint or the bytes of the URL."""

from __future__ import annotations

from uuid import UUID

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import TOKEN, Policy
from apps.toolchain.jobs.policies import VISIBLE

from .access import checkpoint_for, checkpoint_object_for
from .models import Checkpoint, CheckpointObject


def _open_checkpoint(request: HubRequest, *, job_id: UUID, step: int) -> Checkpoint:
    return checkpoint_for(request.actor, job_id, step)


def _open_to_publish(request: HubRequest, *, job_id: UUID, step: int) -> Checkpoint:
    return checkpoint_for(request.actor, job_id, step, Need.WRITE)


def _open_object(request: HubRequest, *, job_id: UUID, sha256: str) -> CheckpointObject:
    return checkpoint_object_for(request.actor, job_id, sha256)


CHECKPOINT_READ = Policy(
    "checkpoint-read",
    "readers of the job that saved the checkpoint",
    open=_open_checkpoint,
    takes=("job_id", "step"),
    gives="checkpoint",
    **VISIBLE,
)
CHECKPOINT_PUBLISH = Policy(
    "checkpoint-publish",
    "who may change the job that saved the checkpoint",
    open=_open_to_publish,
    takes=("job_id", "step"),
    gives="checkpoint",
    need=Need.WRITE,
)
CHECKPOINT_BYTES = Policy(
    "checkpoint-bytes",
    "the key of the job that has the checkpoint",
    credentials=(TOKEN,),
    open=_open_object,
    takes=("job_id", "sha256"),
    gives="stored",
)
POLICIES = [CHECKPOINT_READ, CHECKPOINT_PUBLISH, CHECKPOINT_BYTES]
