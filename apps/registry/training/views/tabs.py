"""The evaluations, lineage and jobs tabs of a repository."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE
from apps.registry.repos.views.repo_page import head_facts, repo_page
from apps.toolchain.evidence.presenters import overview_rows
from apps.toolchain.evidence.selectors import scores_by_dataset
from apps.toolchain.jobs.presenters import score_rows
from apps.toolchain.jobs.selectors import lineage_for
from apps.toolchain.receipts.selectors import ORDER, receipts_for

from ..selectors import reported_scores

PAGE_RECEIPTS = 20


@repo_page(REPO_SEE)
@require_safe
def evaluations(request: HubRequest, repo: Repo) -> HttpResponse:
    """List the verified scores, newest first."""
    page = page_by_cursor(
        receipts_for(repo.pk, request.actor),
        order=ORDER,
        cursor=request.GET.get("cursor"),
        limit=PAGE_RECEIPTS,
    )
    rows = [{"receipt": one, "body": one.body, "scores": score_rows(one.body)} for one in page.items]
    is_overview = repo.kind == RepoKind.MODEL and not request.GET.get("cursor") and len(rows) > 1
    overview = overview_rows(scores_by_dataset(request.actor, repo.pk)) if is_overview else []
    facts = {
        **head_facts(request, repo, "evaluations"),
        "rows": rows,
        "next_cursor": page.next_cursor,
        "overview": overview if len(overview) > 1 else [],
        "reported": [] if request.GET.get("cursor") else reported_scores(request.actor, repo),
    }
    return render(request, "registry/training/evaluations.html", facts)


@repo_page(REPO_SEE)
@require_safe
def lineage(request: HubRequest, repo: Repo) -> HttpResponse:
    """Show the jobs that used or produced the repository, as far as the user may see them."""
    facts = {**head_facts(request, repo, "lineage"), "graph": lineage_for(repo.pk, request.actor)}
    return render(request, "registry/training/lineage.html", facts)


@repo_page(REPO_SEE)
@require_safe
def jobs(request: HubRequest, repo: Repo) -> HttpResponse:
    """Show the jobs tab; the list is a fragment of the jobs app."""
    return render(request, "registry/training/jobs.html", head_facts(request, repo, "jobs"))
