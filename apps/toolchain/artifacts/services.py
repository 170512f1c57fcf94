"""Storing and deleting artifacts, which count towards the storage of the job's owner."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from apps.business.usage.services import check_storage, drop_item, lock_item, store_item
from apps.core.actor import Actor, Need
from apps.core.errors import ValidationFailed
from apps.toolchain.contracts import ARTIFACT_NAME, ARTIFACTS_LIMIT, Artifact, media_type_of
from apps.toolchain.jobs.access import job_for, job_of_key
from apps.toolchain.jobs.errors import StaleAttempt
from apps.toolchain.jobs.models import Job
from apps.users.accounts.models import Namespace

from .errors import ArtifactMissing, ArtifactNotFound, TooManyArtifacts
from .folders import ARTIFACTS
from .models import JobArtifact

SOURCE = "job-artifacts"


def put_artifact(
    *, actor: Actor, job_id: UUID, name: str, blocks: Iterable[bytes], sha256: str, size_bytes: int = 0
) -> tuple[JobArtifact, bool]:
    """Store a file of a running job with the job's key; another one of its name is replaced.

    sha256      what the content has to hash to
    size_bytes  as far as the client says it
    returns     the artifact and whether its name is new
    raises      ValidationFailed, StaleAttempt, TooManyArtifacts, TooLarge, WrongBytes, OverQuota, Forbidden
    """
    if not ARTIFACT_NAME.fullmatch(name):
        sentence = _("This filename can't be used.")
        raise ValidationFailed(sentence, fields={"name": sentence})
    with transaction.atomic():
        check_storage(_leased_job(actor, job_id).namespace_id, size_bytes)
    stored = ARTIFACTS.put(blocks, limit_bytes=settings.JOB_ARTIFACT_LIMIT_BYTES, sha256=sha256)
    with transaction.atomic():
        job = _leased_job(actor, job_id)
        known = job.artifacts.filter(name=name).first()
        if known is None and job.artifacts.count() >= ARTIFACTS_LIMIT:
            raise TooManyArtifacts
        ARTIFACTS.keep(stored.sha256)
        facts = {"sha256": stored.sha256, "size": stored.size, "media_type": media_type_of(name)}
        artifact, is_new = JobArtifact.objects.update_or_create(job=job, name=name, defaults=facts)
        if known is not None and known.sha256 != stored.sha256:
            ARTIFACTS.release(known.sha256)
        _count(job, within_limit=True)
    return artifact, is_new


def _leased_job(actor: Actor, job_id: UUID) -> Job:
    job = job_of_key(actor, job_id)
    if not job.is_leased:
        raise StaleAttempt
    return job


@transaction.atomic
def delete_artifact(*, actor: Actor, job_id: UUID, name: str) -> None:
    """Delete a file of a job that the actor may change.

    raises  JobNotFound, ArtifactNotFound, Forbidden, TokenScope
    """
    job = job_for(actor, job_id, Need.WRITE, lock=True)
    artifact = job.artifacts.filter(name=name).first()
    if artifact is None:
        raise ArtifactNotFound
    artifact.delete()
    ARTIFACTS.release(artifact.sha256)
    _count(job)


def check_artifacts(job: Job, artifacts: Iterable[Artifact]) -> None:
    """Check that the artifacts of a result are stored as it says (raises ArtifactMissing)."""
    stored = {(one.name, one.sha256, one.size) for one in job.artifacts.all()}
    missing = [one.name for one in artifacts if (one.name, one.sha256, one.size_bytes) not in stored]
    if missing:
        raise ArtifactMissing(names=missing)


def _count(job: Job, *, within_limit: bool = False) -> None:
    """Count the artifacts of a locked job, at the end of a transaction (raises OverQuota)."""
    total = job.artifacts.aggregate(total=Sum("size"))["total"] or 0
    store_item(
        lock_item(SOURCE, job.pk), namespace_id=job.namespace_id, size_bytes=total, within_limit=within_limit
    )


def delete_namespace_artifacts(namespace: Namespace) -> None:
    """Delete the artifacts of a removed namespace, before its jobs."""
    rows = JobArtifact.objects.filter(job__namespace=namespace)
    found = list(rows.values_list("job_id", "sha256"))
    rows.delete()
    for job_id in sorted({job_id for job_id, _sha256 in found}):
        drop_item(SOURCE, job_id)
    for sha256 in {sha256 for _job_id, sha256 in found}:
        ARTIFACTS.release(sha256)
