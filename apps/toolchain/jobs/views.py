"""Pages of jobs and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.actor import Need
from apps.core.errors import BadRequest
from apps.core.web.actions import post_response
from apps.core.web.bodies import FORM_LIMIT_BYTES, takes_body
from apps.core.web.http import HubRequest
from apps.core.web.pagination import Page, page_by_cursor
from apps.core.web.policies import PUBLIC, requires

from .access import can_cancel, has_access, has_own_access
from .contracts import ContractError, translate_message
from .forms import VerifyForm
from .keys import current_key
from .live import compact_json
from .models import KIND_CHOICES, Job, JobState, Receipt, SigningKey
from .policies import JOB_CANCEL, JOB_READ, JOB_WRITE, RECEIPT_READ
from .presenters import ScoreRow, badge_tone, job_page, job_title, receipt_page, score_rows
from .selectors import jobs_for, listed_jobs, receipts_for
from .selectors.jobs import ORDER
from .selectors.receipts import ORDER as RECEIPT_ORDER
from .services import cancel_job, retry_job
from .verify import RECEIPT_LIMIT_BYTES, UnreadableReceipt, Verification, check, read_keys

PAGE_SIZE, FRAGMENT_SIZE = 30, 10


def _repo_key(request: HubRequest, name: str) -> UUID:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        raise BadRequest(_("Invalid repository id.")) from None


def _rows(page: Page[Job]) -> list[dict[str, Any]]:
    return [{"job": job, "title": job_title(job), "tone": badge_tone(job)} for job in page.items]


def _page(request: HubRequest, rows: QuerySet[Job], limit: int) -> Page[Job]:
    return page_by_cursor(
        rows.select_related("receipt").prefetch_related("lineage"),
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
        rows = rows.filter(pk__in=jobs_for(_repo_key(request, "repo"), request.actor).values("pk"))
    page = _page(request, rows, PAGE_SIZE)
    facts = {
        "rows": _rows(page),
        "next": page.next_cursor,
        "mine": mine,
        "shows_all": not mine and not query.get("repo"),
        "kinds": KIND_CHOICES,
        "states": JobState.choices,
    }
    return render(request, "toolchain/jobs/list.html", facts)


@requires(JOB_READ)
@require_GET
def job_detail(request: HubRequest, job: Job) -> HttpResponse:
    can_change = has_access(request.actor, Need.WRITE, job)
    shows_receipt = has_own_access(request.actor, Need.READ, job)
    receipt = getattr(job, "receipt", None) if shows_receipt else None
    scores = score_rows(receipt.body) if receipt else []
    facts = {
        "view": job_page(job, shows_receipt=shows_receipt),
        "job": job,
        "tone": badge_tone(job),
        "can_change": can_change,
        "can_cancel": can_cancel(request.actor, job),
        "receipt": receipt,
        "scores": scores,
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
    key = _repo_key(request, "repo_key")
    page = _page(request, jobs_for(key, request.actor), FRAGMENT_SIZE)
    return render(
        request, "toolchain/jobs/_jobs.html", {"rows": _rows(page), "next": page.next_cursor, "repo_key": key}
    )


@requires(PUBLIC)
@require_GET
def receipts_fragment(request: HubRequest) -> HttpResponse:
    """List the receipts of one repository, for its page: `?repo_key=` and a cursor."""
    key = _repo_key(request, "repo_key")
    page = page_by_cursor(
        receipts_for(key, request.actor),
        order=RECEIPT_ORDER,
        cursor=request.GET.get("cursor"),
        limit=FRAGMENT_SIZE,
    )
    rows = [
        {"receipt": receipt, "body": receipt.body, "scores": score_rows(receipt.body)}
        for receipt in page.items
    ]
    return render(
        request, "toolchain/jobs/_receipts.html", {"rows": rows, "next": page.next_cursor, "repo_key": key}
    )


@requires(RECEIPT_READ)
@require_GET
def receipt_detail(request: HubRequest, receipt: Receipt) -> HttpResponse:
    """Show a receipt; its signature is verified each time."""
    verification = check(compact_json(receipt.envelope()).encode(), [receipt.signing_key.public_key])
    body = receipt.body
    facts = {
        "receipt": receipt,
        "body": body,
        "view": receipt_page(body),
        "verification": verification,
        "reason": translate_message(_, verification.reason),
    }
    return render(request, "toolchain/jobs/receipt.html", facts)


@takes_body(RECEIPT_LIMIT_BYTES + FORM_LIMIT_BYTES)
@requires(PUBLIC)
@require_http_methods(["GET", "POST"])
def verify(request: HubRequest) -> HttpResponse:
    """Verify a receipt with this site's keys or with a key from the form."""
    if request.method == "GET":
        return render(request, "toolchain/jobs/verify.html", {"form": VerifyForm(), "key": current_key()})
    form = VerifyForm(request.POST, request.FILES)
    verification = _verify(form) if form.is_valid() else None
    status = 200 if verification and verification.is_valid else 422
    facts = {
        "form": form,
        "verification": verification,
        "scores": _scores_of(verification.body) if verification else [],
        "reason": translate_message(_, verification.reason) if verification else "",
        "key": current_key(),
    }
    return render(request, "toolchain/jobs/verify.html", facts, status=status)


def _scores_of(body: Mapping[str, Any]) -> list[ScoreRow]:
    """Return the scores of a receipt that anybody may have written, as far as it has the form of one."""
    try:
        return score_rows(body)
    except (ContractError, KeyError, TypeError):
        return []


def _verify(form: VerifyForm) -> Verification:
    given = form.cleaned_data["key"]
    try:
        keys = (
            read_keys(given.encode())
            if given
            else list(SigningKey.objects.values_list("public_key", flat=True))
        )
    except UnreadableReceipt as error:
        return Verification(False, error.args[0])
    return check(form.receipt_bytes(), keys)
