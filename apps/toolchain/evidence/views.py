"""Pages of evidence: samples of an evaluation, comparisons, repetitions."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.jobs.presenters import score_rows
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.policies import RECEIPT_READ
from apps.toolchain.receipts.selectors import ORDER, receipts_for

from .forms import SampleForm
from .policies import RECEIPTS_COMPARE, SAMPLES_READ
from .presenters import comparison_page, drift_rows, sample_rows
from .selectors import compare_receipts, drift_of, repetitions_of, search_samples

PAGE_SAMPLES = 25
PAGE_RECEIPTS = 20


@requires(SAMPLES_READ)
@require_safe
def samples(request: HubRequest, log: JobArtifact) -> HttpResponse:
    """Browse the samples of an evaluation, those that are wrong with most confidence first."""
    form = SampleForm(request.GET)
    wanted, first = form.wanted()
    page = search_samples(log, wanted, first=first, count=PAGE_SAMPLES)
    following = first + len(page.rows)
    facts = {
        "receipt": log.job.receipt,
        "body": log.job.receipt.body,
        "wanted": wanted,
        "page": page,
        "rows": sample_rows(page.rows),
        "first": first + 1,
        "last": following,
        "previous": max(0, first - PAGE_SAMPLES) if first else None,
        "following": following if following < page.matching else None,
        "form": form,
    }
    return render(request, "toolchain/evidence/samples.html", facts)


@requires(RECEIPT_READ)
@require_safe
def choose_other(request: HubRequest, receipt: Receipt) -> HttpResponse:
    """List the evaluations on the same dataset, to compare this one with."""
    rows = receipts_for(receipt.dataset_key, request.actor) if receipt.dataset_key else Receipt.objects.none()
    page = page_by_cursor(
        rows.exclude(pk=receipt.pk), order=ORDER, cursor=request.GET.get("cursor"), limit=PAGE_RECEIPTS
    )
    others = [{"receipt": one, "body": one.body, "scores": score_rows(one.body)} for one in page.items]
    facts = {"receipt": receipt, "body": receipt.body, "others": others, "next_cursor": page.next_cursor}
    return render(request, "toolchain/evidence/choose.html", facts)


@requires(RECEIPTS_COMPARE)
@require_safe
def compare(request: HubRequest, pair: tuple[Receipt, Receipt]) -> HttpResponse:
    """Show whether the second evaluation's model is better than that of the first."""
    comparison = compare_receipts(request.actor, *pair)
    facts = {
        "first": pair[0],
        "second": pair[1],
        "bodies": [one.body for one in pair],
        "comparison": comparison,
        "view": comparison_page(pair, comparison),
    }
    return render(request, "toolchain/evidence/compare.html", facts)


@requires(RECEIPT_READ)
@require_safe
def repetitions(request: HubRequest, receipt: Receipt) -> HttpResponse:
    """Show what repetitions of an evaluation measured."""
    found = [drift_of(request.actor, receipt, one) for one in repetitions_of(request.actor, receipt)]
    facts = {
        "receipt": receipt,
        "body": receipt.body,
        "scores": score_rows(receipt.body),
        "rows": drift_rows(found),
    }
    return render(request, "toolchain/evidence/repetitions.html", facts)
