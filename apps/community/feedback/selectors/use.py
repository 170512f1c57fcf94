"""What the site has on record of a person's use of a repository."""

from __future__ import annotations

from apps.registry.repos.models import Repo
from apps.toolchain.jobs.models import Direction, JobState, Lineage

from ..models import UseProof


def proof_of_use(user_id: int | None, repo: Repo) -> UseProof:
    """Return what proves that a person used a repository: a job of theirs that succeeded with it."""
    rows = Lineage.objects.filter(repo_key=repo.pk, direction=Direction.INPUT)
    used = rows.filter(job__submitted_by_id=user_id, job__state=JobState.SUCCEEDED)
    return UseProof.JOB if user_id is not None and used.exists() else UseProof.NONE
