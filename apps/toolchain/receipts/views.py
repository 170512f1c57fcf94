"""Pages of receipts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.core.actor import Need
from apps.core.web.bodies import FORM_LIMIT_BYTES, takes_body
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, requires
from apps.toolchain.contracts import ContractError
from apps.toolchain.jobs.live import compact_json
from apps.toolchain.jobs.presenters import ScoreRow, score_rows
from apps.toolchain.jobs.views import FRAGMENT_SIZE, repo_key_of

from .forms import VerifyForm
from .keys import current_key
from .models import Receipt, SigningKey
from .policies import RECEIPT_READ
from .presenters import receipt_page
from .selectors import ORDER, receipts_for
from .verify import RECEIPT_LIMIT_BYTES, UnreadableReceipt, Verification, check, read_keys

VERIFIER = Path(__file__).with_name("verify.py")


@requires(PUBLIC)
@require_GET
def receipts_fragment(request: HubRequest) -> HttpResponse:
    """List the receipts of one repository, for its page: `?repo_key=` and a cursor."""
    key = repo_key_of(request, "repo_key")
    page = page_by_cursor(
        receipts_for(key, request.actor),
        order=ORDER,
        cursor=request.GET.get("cursor"),
        limit=FRAGMENT_SIZE,
    )
    rows = [
        {"receipt": receipt, "body": receipt.body, "scores": score_rows(receipt.body)}
        for receipt in page.items
    ]
    return render(
        request,
        "toolchain/receipts/_receipts.html",
        {"rows": rows, "next": page.next_cursor, "repo_key": key},
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
        "reason": _reason(verification),
        "may_publish": _may_publish(request, receipt, body["model"]["address"]),
    }
    return render(request, "toolchain/receipts/receipt.html", facts)


def _may_publish(request: HubRequest, receipt: Receipt, model: str) -> bool:
    """Return whether to offer to publish the scores, as the owner of the evaluated model may."""
    namespace = receipt.job.namespace
    is_owner = model.partition("/")[0].casefold() == namespace.key
    return is_owner and request.actor.can(Need.WRITE, namespace.pk, f"model:{model}".casefold())


@requires(PUBLIC)
@require_safe
def verifier(request: HubRequest) -> HttpResponse:
    """Send the file that verifies receipts anywhere."""
    headers = {"Content-Disposition": f'attachment; filename="{VERIFIER.name}"'}
    return HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8", headers=headers)


@takes_body(RECEIPT_LIMIT_BYTES + FORM_LIMIT_BYTES)
@requires(PUBLIC)
@require_http_methods(["GET", "POST"])
def verify(request: HubRequest) -> HttpResponse:
    """Verify a receipt with this site's keys or with a key from the form."""
    if request.method == "GET":
        return render(request, "toolchain/receipts/verify.html", {"form": VerifyForm(), "key": current_key()})
    form = VerifyForm(request.POST, request.FILES)
    verification = _verify(form) if form.is_valid() else None
    status = 200 if verification and verification.is_valid else 422
    facts = {
        "form": form,
        "verification": verification,
        "scores": _scores_of(verification.body) if verification else [],
        "reason": _reason(verification) if verification else "",
        "key": current_key(),
    }
    return render(request, "toolchain/receipts/verify.html", facts, status=status)


def _reason(verification: Verification) -> str:
    """Return the sentence of a verification in the reader's language."""
    words = _(verification.words)
    return words % verification.values if verification.values else words


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
        return Verification(False, error.words, error.values)
    return check(form.receipt_bytes(), keys)
