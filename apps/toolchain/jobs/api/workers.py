"""What workers call: claim a job, hand in an evaluation."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.doors import Door, door

from ..access import check_key
from ..contracts import ClaimRequest, EvaluationResult
from ..services import claim_job, record_result
from .bodies import contract_body
from .jobs import actor_of
from .schema import answers
from .serializers import ClaimIn, ClaimOut, ResultIn, ResultOut

CLAIM_LIMIT_BYTES = 256 * 1024
RESULT_LIMIT_BYTES = 8 * 1024 * 1024


@door(Door.WORKER)
class JobClaim(APIView):
    @extend_schema(
        operation_id="claim_job", tags=["workers"], request=ClaimIn, responses=answers({200: ClaimOut}, 400, 401, 403, 404, 409, 413, 422)
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Take a queued job with a worker's token. Of several workers one gets it; the others hear 409 and drop the message."""
        order = contract_body(request._request, ClaimRequest.from_json, limit=CLAIM_LIMIT_BYTES)
        return Response(claim_job(actor=actor_of(request), job_id=job_id, request=order).to_json())


@door(Door.JOB_KEY)
class JobResults(APIView):
    @extend_schema(
        operation_id="report_job_result",
        tags=["workers"],
        request=ResultIn,
        responses=answers({200: ResultOut}, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Hand in what an evaluation measured, with the job's key; the answer names the signed receipt."""
        check_key(actor_of(request), job_id)
        result = contract_body(request._request, EvaluationResult.from_json, limit=RESULT_LIMIT_BYTES)
        return Response({"receipt": str(record_result(actor=actor_of(request), job_id=job_id, result=result).pk)})
