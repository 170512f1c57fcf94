"""Lists of jobs and of their events."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from apps.core.actor import ANONYMOUS, Actor
from apps.toolchain.contracts import EvaluationResult, ReportResult, find_recipe

from ..access import visible_to
from ..models import ACTIVE, Job, JobEvent, JobState, Lineage

ORDER = ("-created_at", "id")


def listed_jobs(
    actor: Actor,
    *,
    mine: bool = False,
    kind: str = "",
    state: str = "",
    namespace: str = "",
    lineage: Q | None = None,
) -> QuerySet[Job]:
    """Return the jobs that the actor may read, filtered; paginate by ORDER.

    mine     only jobs of the actor's own namespaces
    lineage  condition on an input or output
    """
    rows = visible_to(actor)
    if mine:
        rows = rows.filter(namespace_id__in=list(actor.roles))
    if kind:
        rows = rows.filter(kind=kind)
    if state in JobState.values:
        rows = rows.filter(state=state)
    if namespace:
        rows = rows.filter(namespace__key=namespace.casefold())
    if lineage is not None:
        rows = rows.filter(Exists(Lineage.objects.filter(lineage, job=OuterRef("pk"))))
    return rows


def by_score(rows: QuerySet[Job], metric: str, *, is_upward: bool) -> tuple[QuerySet[Job], Sequence[str]]:
    """Return jobs with a score of each, and the order to paginate by; those without it come last."""
    best = (Min if is_upward else Max)("result__scores__value", filter=Q(result__scores__name=metric))
    last = sys.float_info.max if is_upward else -sys.float_info.max
    order = ("score" if is_upward else "-score", *ORDER)
    return rows.annotate(score=Coalesce(best, Value(last))), order


def jobs_for(repo_key: UUID, actor: Actor = ANONYMOUS) -> QuerySet[Job]:
    """Return the visible jobs with a repository as input or output; paginate by ORDER."""
    touched = Lineage.objects.filter(job=OuterRef("pk"), repo_key=repo_key)
    return visible_to(actor).filter(Exists(touched))


def result_schema(job_id: UUID) -> type[EvaluationResult] | type[ReportResult]:
    """Return how a job's result is read; of a job without one, the fields that every result has."""
    facts = Job.objects.filter(pk=job_id).values_list("kind", "recipe").first()
    recipe = find_recipe(*facts) if facts else None
    return recipe.result if recipe and recipe.result else EvaluationResult


def events_of(job: Job, kind: str = "") -> QuerySet[JobEvent]:
    """Return a job's events; paginate by number."""
    rows = JobEvent.objects.filter(job=job)
    return rows.filter(kind=kind) if kind else rows


def active_job_counts(namespace_ids: Collection[int]) -> dict[int, int]:
    """Return namespace id -> queued and running jobs that it owns or that its person submitted."""
    active = Job.objects.filter(state__in=ACTIVE)
    return {
        one: active.filter(Q(namespace=one) | Q(submitted_by__namespace=one)).count() for one in namespace_ids
    }
