"""Storing the results of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core.actor import Actor
from apps.toolchain.artifacts.services import check_artifacts
from apps.toolchain.contracts import EvaluationResult, ReportResult, Score, View, view_to_json
from apps.toolchain.jobs.access import job_of_key
from apps.toolchain.jobs.errors import StaleAttempt
from apps.toolchain.jobs.models import Job

from .models import JobResult, JobScore

# of the attempt, or in columns and tables of their own
NOT_STORED = {"attempt", "duration_seconds", "views", "artifacts"}


@transaction.atomic
def record_report(*, actor: Actor, job_id: UUID, result: ReportResult) -> JobResult:
    """Store a result that is not signed; another attempt's result replaces it.

    raises  StaleAttempt, ArtifactMissing, Forbidden
    """
    job = job_of_key(actor, job_id)
    if result.attempt != job.attempt or not job.is_leased:
        raise StaleAttempt
    check_artifacts(job, result.artifacts)
    facts = {name: value for name, value in result.to_json().items() if name not in NOT_STORED}
    return _store(job, facts, result.scores, result.views)


def store_evaluation(job: Job, result: EvaluationResult) -> JobResult:
    """Store what an evaluation measured, beside its receipt."""
    baselines = [Score(one.metric, one.value, split=result.split).to_json() for one in result.references()]
    facts = {
        "scores": [{**score.to_json(), "split": result.split} for score in result.scores],
        "baselines": baselines,
        "resolved": dict(result.resolved),
        "notes": [note.to_json() for note in result.notes],
    }
    return _store(job, facts, result.scores, result.views(), split=result.split)


def _store(
    job: Job, facts: dict[str, Any], scores: Sequence[Score], views: Sequence[View], *, split: str = ""
) -> JobResult:
    shown = [view_to_json(one) for one in views]
    stored, _is_new = JobResult.objects.update_or_create(
        job=job, defaults={"document": facts, "views": shown}
    )
    stored.scores.all().delete()
    values = {(score.name[:80], (score.split or split)[:200]): score.value for score in scores}
    JobScore.objects.bulk_create(
        JobScore(result=stored, name=name, split=place, value=value)
        for (name, place), value in values.items()
    )
    return stored
