"""REST API: acts on a receipt."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.fields import Resource
from apps.core.rest.schema import operation, with_example
from apps.core.rest.view import ApiView, actor_of, created
from apps.core.web.policies import requires
from apps.toolchain.jobs.api.jobs import job_json
from apps.toolchain.jobs.api.serializers import JobSerializer
from apps.toolchain.receipts.api.receipts import RECEIPT_ID
from apps.toolchain.receipts.models import Receipt
from apps.users.accounts.scopes import OAuthScope

from ..policies import RECEIPT_PUBLISH, RECEIPT_REPEAT
from ..services.publish_scores import publish_scores
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


@with_example({"path": ".eval_results/film-lines-8c2d1e4f.yaml"})
class PublishedScores(Resource):
    """Where the scores of a receipt are in the model's repository."""

    path = serializers.CharField(help_text="Path of the file on the default branch.")


@requires(RECEIPT_PUBLISH, scopes=(OAuthScope.WRITE_REPOS,))
class ReceiptPublication(ApiView):
    @operation("publish_receipt_scores", "receipts", PublishedScores, *(403, 404), params=[RECEIPT_ID])
    def put(self, request: Request, receipt: Receipt) -> Response:
        """Commit the scores of a receipt to its model's repository, in the form of the hub.

        They are in `.eval_results` with the receipt as their proof, which pages of the model check.
        """
        return Response({"path": publish_scores(actor=actor_of(request), receipt=receipt)})
