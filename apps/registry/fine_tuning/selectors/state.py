"""How far a fine-tune is, in the words of the API."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.registry.repos.models import Repo
from apps.toolchain.jobs.models import Direction, Job, JobState

from ..models import FineTune
from ..names import split_checkpoint

DATASET_FAULTS = ("dataset_", "subset_", "split_", "column_", "rows_", "labels_", "text_")


class Status(StrEnum):
    """The states of the API, which has no word for a pause."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


STATUSES = {
    JobState.QUEUED: Status.QUEUED,
    JobState.CLAIMED: Status.QUEUED,
    JobState.RUNNING: Status.RUNNING,
    JobState.SUCCEEDED: Status.SUCCEEDED,
    JobState.FAILED: Status.FAILED,
    JobState.CANCELLED: Status.CANCELLED,
}
OVER = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class TunedModel:
    """The repository that a fine-tune has published, at its commit.

    repo_key  None if it was never linked
    """

    address: str
    commit: str
    repo_key: UUID | None


def is_paused(found: FineTune) -> bool:
    """Return whether a fine-tune is stopped, or stops, to be continued later."""
    job = found.job
    return found.paused_at is not None and job is not None and (is_stopping(job) or is_stopped(job))


def is_stopping(job: Job) -> bool:
    return job.is_cancelling


def is_stopped(job: Job) -> bool:
    return job.state == JobState.CANCELLED


def status_of(found: FineTune) -> Status:
    """Return the status; a job that is about to stop counts as cancelled, as clients expect at once."""
    if found.job is None or found.error:
        return Status.FAILED
    if is_paused(found):
        return Status.QUEUED
    if found.job.is_cancelling:
        return Status.CANCELLED
    return STATUSES[JobState(found.job.state)]


def error_of(found: FineTune) -> dict[str, Any] | None:
    """Return code, message and param of a failure."""
    if found.error:
        return dict(found.error)
    job = found.job
    if job is None or job.state != JobState.FAILED:
        return None
    is_of_data = job.code.startswith(DATASET_FAULTS)
    return {"code": job.code, "message": job.message, "param": "training_file" if is_of_data else None}


def finished_at(found: FineTune) -> datetime | None:
    if found.job is None or found.error:
        return found.created_at
    return found.job.finished_at if status_of(found) in OVER else None


def estimated_finish(found: FineTune) -> datetime | None:
    """Return when a running training will end if it goes on as fast as until now."""
    job = found.job
    if job is None or status_of(found) != Status.RUNNING or not job.progress or job.started_at is None:
        return None
    step, total = job.progress.get("step", 0), job.progress.get("total", 0)
    if not 0 < step <= total:
        return None
    now = timezone.now()
    return now + timedelta(seconds=(now - job.started_at).total_seconds() * (total - step) / step)


def output_of(job: Job | None) -> TunedModel | None:
    """Return the model that a job has published; its address follows renames."""
    rows = [row for row in job.lineage.all() if row.direction == Direction.OUTPUT] if job else []
    found = next((row for row in rows if row.commit), None)
    return TunedModel(found.address, found.commit, found.repo_key) if found else None


def output_of_step(found: FineTune, step: int) -> TunedModel | None:
    """Return the model that a checkpoint was published as: by the fine-tune, or by a job of its own."""
    if found.job is None:
        return None
    if step == published_step(found.job):
        return output_of(found.job)
    rows = Job.objects.filter(
        state=JobState.SUCCEEDED,
        checkpoints__source=found.job,
        checkpoints__step=step,
        checkpoints__is_final=True,
    )
    return output_of(rows.prefetch_related("lineage").order_by("-finished_at").first())


def model_named(found: FineTune, name: str) -> TunedModel | None:
    """Return what a name of a fine-tune or of a checkpoint of it means, None if it is not published."""
    step = split_checkpoint(name)[1]
    return output_of(found.job) if step is None else output_of_step(found, step)


def repo_of(made: TunedModel | None) -> Repo | None:
    """Return the repository of a published model, None if it is gone."""
    rows = Repo.objects.select_related("namespace").filter(deleted_at=None)
    return rows.filter(pk=made.repo_key).first() if made and made.repo_key else None


def published_repos(found: Collection[FineTune]) -> dict[UUID, Repo]:
    """Return the repositories that fine-tunes have published and that are still there, by their keys."""
    keys = [made.repo_key for one in found if (made := output_of(one.job)) and made.repo_key]
    rows = Repo.objects.select_related("namespace").filter(pk__in=keys, deleted_at=None)
    return {repo.pk: repo for repo in rows}


def published_step(job: Job) -> int | None:
    """Return the step whose weights were published, None if the result does not say."""
    result = getattr(job, "result", None)
    step = result.facts.get("best_step") if result else None
    return step if isinstance(step, int) else None


def trained_tokens(job: Job) -> int | None:
    """Return how many tokens were read with gradients, None if the recipe does not count them."""
    result = getattr(job, "result", None)
    facts = result.facts if result else {}
    counts = (facts.get(name) for name in ("trained_tokens", "tokens"))
    return next((one for one in counts if isinstance(one, int)), None)
