"""REST views for workers: claiming a job and submitting an evaluation result."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.bodies import takes_body
from apps.core.web.policies import WORKER, requires

from ..contracts import ClaimRequest
from ..policies import JOB_KEY
from ..selectors import result_schema
from ..services import claim_job, record_result
from .bodies import contract_body
from .serializers import ClaimIn, ClaimOut, ResultIn, ResultOut

CLAIM_LIMIT_BYTES = 256 * 1024
RESULT_LIMIT_BYTES = 8 * 1024 * 1024


@requires(WORKER)
class JobClaim(ApiView):
    shows_secret = True

    @operation("claim_job", "workers", ClaimOut, 404, 409, body=ClaimIn)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Claim a queued job with a worker token. One worker gets it; others get 409 and drop the message."""
        order = contract_body(request._request, ClaimRequest.from_json, limit=CLAIM_LIMIT_BYTES)
        return Response(claim_job(actor=actor_of(request), job_id=job_id, request=order).to_json())


@takes_body(RESULT_LIMIT_BYTES)
@requires(JOB_KEY)
class JobResults(ApiView):
    content_limit_bytes = RESULT_LIMIT_BYTES

    @operation("report_job_result", "workers", ResultOut, 404, 409, body=ResultIn)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Submit an evaluation result with the job's key; the response has the id of the signed receipt."""
        read = result_schema(job_id).from_json
        result = contract_body(request._request, read, limit=RESULT_LIMIT_BYTES)
        return Response(
            {"receipt": str(record_result(actor=actor_of(request), job_id=job_id, result=result).pk)}
        )
