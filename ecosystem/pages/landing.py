"""The home page: an introduction and recent content, or a signed-in person's own work."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from apps.community.forum.selectors import latest_topics
from apps.core.actor import Actor, Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires
from apps.registry.repos.access import visible_to
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.toolchain.jobs.contracts import JobKind
from apps.toolchain.jobs.models import JobState
from apps.toolchain.jobs.presenters import badge_tone, job_title, score_rows
from apps.toolchain.jobs.selectors import listed_jobs
from apps.toolchain.jobs.selectors.jobs import ORDER

SHOWN = 6


def newest(actor: Actor, kind: RepoKind) -> list[Repo]:
    """Return the most recently updated repositories of a kind, without empty ones."""
    return list(visible_to(actor).filter(kind=kind).exclude(head="").order_by("-updated_at", "id")[:SHOWN])


def own_repositories(actor: Actor) -> list[Repo]:
    """Return the most recently updated repositories to which the person has write access."""
    return list(
        visible_to(actor)
        .filter(namespace_id__in=actor.namespaces_with(Need.WRITE))
        .order_by("-updated_at", "id")[:SHOWN]
    )


def own_jobs(actor: Actor) -> list[dict[str, Any]]:
    """Return the latest jobs of the person's namespaces, each with its title and badge tone."""
    rows = listed_jobs(actor, mine=True).prefetch_related("lineage").order_by(*ORDER)[:SHOWN]
    return [{"job": job, "title": job_title(job), "tone": badge_tone(job)} for job in rows]


def newest_scores(actor: Actor) -> list[dict[str, Any]]:
    """Return the latest evaluations, each with its receipt and first scores."""
    rows = listed_jobs(actor, kind=JobKind.EVALUATE, state=JobState.SUCCEEDED).filter(receipt__isnull=False)
    receipts = [job.receipt for job in rows.select_related("receipt").order_by(*ORDER)[:SHOWN]]
    return [
        {"receipt": receipt, "body": receipt.body, "scores": score_rows(receipt.body)[:2]}
        for receipt in receipts
    ]


@requires(PUBLIC)
def landing(request: HubRequest) -> HttpResponse:
    actor = request.actor
    context: dict[str, Any] = {
        "models": newest(actor, RepoKind.MODEL),
        "datasets": newest(actor, RepoKind.DATASET),
        "topics": latest_topics(actor, SHOWN),
    }
    if actor.is_signed_in:
        own = {"repositories": own_repositories(actor), "jobs": own_jobs(actor)}
        return render(request, "ecosystem/home.html", {**context, **own})
    return render(request, "ecosystem/landing.html", {**context, "scores": newest_scores(actor)})
