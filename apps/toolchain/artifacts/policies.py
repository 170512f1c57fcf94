"""The policy of artifacts: it opens the artifact of the URL."""

from __future__ import annotations

from uuid import UUID

from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.toolchain.jobs.policies import VISIBLE

from .access import artifact_for
from .models import JobArtifact


def _open_artifact(request: HubRequest, *, job_id: UUID, artifact: str) -> JobArtifact:
    return artifact_for(request.actor, job_id, artifact)


ARTIFACT_READ = Policy(
    "artifact-read",
    "readers of the job's data",
    open=_open_artifact,
    takes=("job_id", "artifact"),
    gives="artifact",
    **VISIBLE,
)
POLICIES = [ARTIFACT_READ]
