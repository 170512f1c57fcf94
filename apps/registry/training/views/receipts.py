"""Acts on a receipt: repeating its evaluation, publishing its scores."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.toolchain.receipts.models import Receipt

from ..policies import RECEIPT_PUBLISH, RECEIPT_REPEAT
from ..services.publish_scores import publish_scores
from ..services.repeat import repeat_evaluation


@requires(RECEIPT_REPEAT)
@require_POST
def run_again(request: HubRequest, receipt: Receipt) -> HttpResponse:
    """Order the same evaluation again and show its job."""
    return redirect(repeat_evaluation(actor=request.actor, receipt=receipt))


@requires(RECEIPT_PUBLISH)
@require_POST
def publish(request: HubRequest, receipt: Receipt) -> HttpResponse:
    """Commit the scores to the model's repository and show them there."""
    publish_scores(actor=request.actor, receipt=receipt)
    return redirect(f"/{receipt.body['model']['address']}/evaluations")
