"""Who may read artifacts: those who may read the job, but not staff as such."""

from __future__ import annotations

from uuid import UUID

from apps.core.actor import Actor
from apps.toolchain.jobs.access import data_job_for

from .errors import ArtifactNotFound
from .models import JobArtifact


def artifact_for(actor: Actor, job_id: UUID, name: str) -> JobArtifact:
    """Return an artifact of a job whose data the actor may read.

    raises  JobNotFound (JobHidden for anonymous users), ArtifactNotFound
    """
    artifact = JobArtifact.objects.filter(job=data_job_for(actor, job_id), name=name).first()
    if artifact is None:
        raise ArtifactNotFound
    return artifact
