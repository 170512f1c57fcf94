"""Storing the results of jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core.actor import Actor
from apps.toolchain.contracts import EvaluationResult, Score, TrainingResult
from apps.toolchain.jobs.access import job_of_key
from apps.toolchain.jobs.errors import StaleAttempt
from apps.toolchain.jobs.models import Job

from .models import JobResult, JobScore


@transaction.atomic
def record_training_result(*, actor: Actor, job_id: UUID, result: TrainingResult) -> JobResult:
    """Store what a training measured; another attempt's result replaces it.

    raises  StaleAttempt, Forbidden
    """
    job = job_of_key(actor, job_id)
    if result.attempt != job.attempt or not job.is_leased:
        raise StaleAttempt
    facts = result.to_json()
    kept = ("scores", "baselines", "steps", "best_step", "resolved", "notes")
    return _store(job, {name: facts[name] for name in kept}, result.scores)


def store_evaluation(job: Job, result: EvaluationResult) -> JobResult:
    """Store what an evaluation measured, beside its receipt."""
    baselines = [Score(one.metric, one.value, split=result.split).to_json() for one in result.references()]
    facts = {
        "scores": [{**score.to_json(), "split": result.split} for score in result.scores],
        "baselines": baselines,
        "resolved": dict(result.resolved),
        "notes": [note.to_json() for note in result.notes],
    }
    return _store(job, facts, result.scores, split=result.split)


def _store(job: Job, facts: dict[str, Any], scores: tuple[Score, ...], *, split: str = "") -> JobResult:
    stored, _is_new = JobResult.objects.update_or_create(job=job, defaults={"document": facts})
    stored.scores.all().delete()
    values = {(score.name[:80], (score.split or split)[:200]): score.value for score in scores}
    JobScore.objects.bulk_create(
        JobScore(result=stored, name=name, split=place, value=value)
        for (name, place), value in values.items()
    )
    return stored
