"""Storing, thinning out and deleting checkpoints, which count towards the storage of the job's owner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from apps.business.usage.services import check_storage, drop_item, lock_item, store_item
from apps.core.actor import Actor
from apps.toolchain.contracts import StoredCheckpoint
from apps.toolchain.contracts.checkpoints import is_for_resuming
from apps.toolchain.jobs.access import job_of_key, lock_job
from apps.toolchain.jobs.errors import StaleAttempt
from apps.toolchain.jobs.models import Job, JobState
from apps.users.accounts.models import Namespace

from .errors import CheckpointFilesMissing
from .folders import CHECKPOINTS
from .models import Checkpoint, CheckpointObject

SOURCE = "job-checkpoints"
KEPT = 20
SWEEP_LIMIT = 200


def put_checkpoint_file(
    *, actor: Actor, job_id: UUID, sha256: str, blocks: Iterable[bytes], size_bytes: int
) -> CheckpointObject:
    """Store bytes for a checkpoint of a running job, with the job's key.

    size_bytes  as the client says it
    raises      StaleAttempt, TooLarge, WrongBytes, OverQuota, Forbidden
    """
    with transaction.atomic():
        check_storage(_leased_job(actor, job_id).namespace_id, size_bytes)
    stored = CHECKPOINTS.put(blocks, limit_bytes=settings.JOB_CHECKPOINT_LIMIT_BYTES, sha256=sha256)
    with transaction.atomic():
        job = _leased_job(actor, job_id)
        CHECKPOINTS.keep(stored.sha256)
        found, _is_new = CheckpointObject.objects.get_or_create(
            job=job, sha256=stored.sha256, defaults={"size": stored.size}
        )
        _count(job, within_limit=True)
    return found


@transaction.atomic
def record_checkpoint(*, actor: Actor, job_id: UUID, checkpoint: StoredCheckpoint) -> Checkpoint:
    """Record a checkpoint whose files are stored; what only the older ones needed to resume goes.

    raises  StaleAttempt, CheckpointFilesMissing, Forbidden
    """
    job = _leased_job(actor, job_id)
    if checkpoint.attempt != job.attempt:
        raise StaleAttempt
    stored = dict(job.checkpoint_objects.values_list("sha256", "size"))
    missing = [file.sha256 for file in checkpoint.files if stored.get(file.sha256) != file.size_bytes]
    if missing:
        raise CheckpointFilesMissing(missing=sorted(set(missing)))
    facts = {
        "attempt": checkpoint.attempt,
        "files": [file.to_json() for file in checkpoint.files],
        "size": sum(file.size_bytes for file in checkpoint.files),
        "is_resumable": True,
    }
    found, _is_new = Checkpoint.objects.update_or_create(job=job, step=checkpoint.step, defaults=facts)
    _thin_out(job, resumable=found.step)
    return found


def copy_checkpoint(checkpoint: Checkpoint, job: Job) -> Checkpoint:
    """Give the weights of a checkpoint to a new job, which publishes them.

    Called in the transaction that submits the job.
    """
    files = [file for file in checkpoint.files if not is_for_resuming(file["path"])]
    for sha256, size in {file["sha256"]: file["size_bytes"] for file in files}.items():
        CHECKPOINTS.keep(sha256)
        CheckpointObject.objects.create(job=job, sha256=sha256, size=size)
    copy = Checkpoint.objects.create(
        job=job,
        attempt=checkpoint.attempt,
        step=checkpoint.step,
        files=files,
        size=sum(file["size_bytes"] for file in files),
        is_resumable=False,
        is_final=True,
        source=checkpoint.source or checkpoint.job,
    )
    _count(job)
    return copy


def sweep_checkpoints() -> int:
    """Delete the checkpoints of jobs that ended long ago, and what a job that succeeded resumes from.

    returns  the number of jobs
    """
    ended = timezone.now() - timedelta(days=settings.JOB_CHECKPOINT_DAYS)
    is_over = Q(finished_at__lt=ended) & Q(checkpoint_objects__isnull=False)
    is_done = Q(state=JobState.SUCCEEDED, checkpoints__is_resumable=True)
    found = list(Job.objects.filter(is_over | is_done).values_list("pk", flat=True).distinct()[:SWEEP_LIMIT])
    for job_id in found:
        _sweep(job_id)
    return len(found)


@transaction.atomic
def _sweep(job_id: UUID) -> None:
    job = lock_job(job_id)
    ended = timezone.now() - timedelta(days=settings.JOB_CHECKPOINT_DAYS)
    if job.finished_at and job.finished_at < ended:
        job.checkpoints.all().delete()
    if job.is_finished:
        _thin_out(job, resumable=None if job.state == JobState.SUCCEEDED else _newest_step(job))


def _newest_step(job: Job) -> int | None:
    return job.checkpoints.order_by("-step").values_list("step", flat=True).first()


def _leased_job(actor: Actor, job_id: UUID) -> Job:
    job = job_of_key(actor, job_id)
    if not job.is_leased:
        raise StaleAttempt
    return job


def _thin_out(job: Job, *, resumable: int | None) -> None:
    """Keep the weights of the newest checkpoints of a locked job, and all of the one to resume from.

    resumable  its step, None if there is nothing to resume
    """
    kept = list(job.checkpoints.order_by("-step"))
    for checkpoint in kept[KEPT:]:
        checkpoint.delete()
    for checkpoint in kept[:KEPT]:
        if checkpoint.is_resumable and checkpoint.step != resumable and not checkpoint.is_final:
            checkpoint.files = [file for file in checkpoint.files if not is_for_resuming(file["path"])]
            checkpoint.size = sum(file["size_bytes"] for file in checkpoint.files)
            checkpoint.is_resumable = False
            checkpoint.save(update_fields=["files", "size", "is_resumable"])
    used = {sha256 for checkpoint in kept[:KEPT] for sha256 in checkpoint.hashes}
    unused = job.checkpoint_objects.exclude(sha256__in=used)
    hashes = list(unused.values_list("sha256", flat=True))
    unused.delete()
    for sha256 in hashes:
        CHECKPOINTS.release(sha256)
    _count(job)


def _count(job: Job, *, within_limit: bool = False) -> None:
    """Count the bytes of a locked job, at the end of a transaction (raises OverQuota)."""
    total = job.checkpoint_objects.aggregate(total=Sum("size"))["total"] or 0
    store_item(
        lock_item(SOURCE, job.pk), namespace_id=job.namespace_id, size_bytes=total, within_limit=within_limit
    )


def delete_namespace_checkpoints(namespace: Namespace) -> None:
    """Delete the checkpoints of a removed namespace, before its jobs."""
    rows = CheckpointObject.objects.filter(job__namespace=namespace)
    found = list(rows.values_list("job_id", "sha256"))
    Checkpoint.objects.filter(job__namespace=namespace).delete()
    rows.delete()
    for job_id in sorted({job_id for job_id, _sha256 in found}):
        drop_item(SOURCE, job_id)
    for sha256 in {sha256 for _job_id, sha256 in found}:
        CHECKPOINTS.release(sha256)
