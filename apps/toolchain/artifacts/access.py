"""Who may read artifacts: those who may read the job and its datasets, but not staff as such."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import Forbidden
from apps.toolchain.jobs.access import data_job_for, may_read_data
from apps.toolchain.jobs.errors import JobHidden

from .errors import ArtifactNotFound
from .models import JobArtifact


def artifact_for(actor: Actor, job_id: UUID, name: str) -> JobArtifact:
    """Return an artifact of a job whose data the actor may read.

    raises  JobNotFound (JobHidden for anonymous users), ArtifactNotFound, Forbidden if the datasets are
            not the actor's to read
    """
    job = data_job_for(actor, job_id)
    artifact = JobArtifact.objects.filter(job=job, name=name).first()
    if artifact is None:
        raise ArtifactNotFound
    if not may_read_data(actor, job):
        words = _("You don't have access to the dataset of this job.")
        raise Forbidden(words) if actor.is_signed_in else JobHidden
    return artifact
