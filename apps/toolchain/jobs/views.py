"""Pages of jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core.actor import Need
from apps.core.errors import BadRequest
from apps.core.web.actions import post_response
from apps.core.web.http import HubRequest
from apps.core.web.pagination import Page, page_by_cursor
from apps.core.web.policies import PUBLIC, requires
from apps.toolchain.contracts import job_kinds

from .access import can_cancel, has_access, has_own_access
from .models import Job, JobState
from .policies import JOB_CANCEL, JOB_READ, JOB_WRITE
from .presenters import badge_tone, job_page, job_title, main_score
from .selectors import jobs_for, listed_jobs
from .selectors.jobs import ORDER
from .services import cancel_job, retry_job

PAGE_SIZE, FRAGMENT_SIZE = 30, 10


def repo_key_of(request: HubRequest, name: str) -> UUID:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        raise BadRequest(_("Invalid repository id.")) from None


def _rows(page: Page[Job]) -> list[dict[str, Any]]:
    return [
        {"job": job, "title": job_title(job), "tone": badge_tone(job), "score": main_score(job)}
        for job in page.items
    ]


def _page(request: HubRequest, rows: QuerySet[Job], limit: int) -> Page[Job]:
    return page_by_cursor(
        rows.select_related("receipt", "result").defer("result__views").prefetch_related("lineage"),
        order=ORDER,
        cursor=request.GET.get("cursor"),
        limit=limit,
    )


@requires(PUBLIC)
@require_GET
def jobs(request: HubRequest) -> HttpResponse:
    """List visible jobs; for signed-in users, their own unless they choose otherwise."""
    query = request.GET
    mine = request.actor.is_signed_in and query.get("who") != "all" and "repo" not in query
    rows = listed_jobs(request.actor, mine=mine, kind=query.get("kind", ""), state=query.get("state", ""))
    if query.get("repo"):
        rows = rows.filter(pk__in=jobs_for(repo_key_of(request, "repo"), request.actor).values("pk"))
    page = _page(request, rows, PAGE_SIZE)
    facts = {
        "rows": _rows(page),
        "next": page.next_cursor,
        "mine": mine,
        "shows_all": not mine and not query.get("repo"),
        "kinds": [(kind, _(words.label)) for kind, words in job_kinds().items()],
        "states": JobState.choices,
    }
    return render(request, "toolchain/jobs/list.html", facts)


@requires(JOB_READ)
@require_GET
def job_detail(request: HubRequest, job: Job) -> HttpResponse:
    can_change = has_access(request.actor, Need.WRITE, job)
    shows_receipt = has_own_access(request.actor, Need.READ, job)
    receipt = getattr(job, "receipt", None) if shows_receipt else None
    facts = {
        "view": job_page(job, shows_receipt=shows_receipt),
        "job": job,
        "tone": badge_tone(job),
        "can_change": can_change,
        "can_cancel": can_cancel(request.actor, job),
        "receipt": receipt,
    }
    return render(request, "toolchain/jobs/job.html", facts)


@requires(JOB_CANCEL)
@require_POST
def cancel(request: HubRequest, job: Job) -> HttpResponse:
    found = cancel_job(actor=request.actor, job_id=job.pk)
    message = _("Stopping…") if found.is_active else _("Job cancelled.")
    return post_response(request, found, message, level=messages.INFO)


@requires(JOB_WRITE)
@require_POST
def retry(request: HubRequest, job: Job) -> HttpResponse:
    found = retry_job(actor=request.actor, job_id=job.pk)
    return post_response(request, found, _("Job queued."), level=messages.INFO)


@requires(PUBLIC)
@require_GET
def jobs_fragment(request: HubRequest) -> HttpResponse:
    """List the jobs of one repository, for its page: `?repo_key=` and a cursor."""
    key = repo_key_of(request, "repo_key")
    page = _page(request, jobs_for(key, request.actor), FRAGMENT_SIZE)
    return render(
        request, "toolchain/jobs/_jobs.html", {"rows": _rows(page), "next": page.next_cursor, "repo_key": key}
    )
