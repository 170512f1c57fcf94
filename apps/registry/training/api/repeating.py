"""REST API: repeating an evaluation from its receipt."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, actor_of, created
from apps.core.web.policies import requires
from apps.toolchain.jobs.api.jobs import job_json
from apps.toolchain.jobs.api.serializers import JobSerializer
from apps.toolchain.receipts.api.receipts import RECEIPT_ID
from apps.toolchain.receipts.models import Receipt
from apps.users.accounts.scopes import OAuthScope

from ..policies import RECEIPT_REPEAT
from ..services.repeat import repeat_evaluation


@requires(RECEIPT_REPEAT, scopes=(OAuthScope.JOBS,))
class ReceiptRepeats(ApiView):
    @operation("repeat_evaluation", "receipts", JobSerializer, 404, status=201, params=[RECEIPT_ID])
    def post(self, request: Request, receipt: Receipt) -> Response:
        """Run an evaluation again: the same commits, params and seed.

        /api/v1/receipts/{receipt_id}/repetitions compares its receipt with this one.
        """
        job = repeat_evaluation(actor=actor_of(request), receipt=receipt)
        return created(job_json(job), f"/api/v1/jobs/{job.pk}")
