"""REST view for workers: claiming a job."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.policies import WORKER, requires
from apps.toolchain.contracts import ClaimRequest

from ..services import claim_job
from .bodies import contract_body
from .shapes import JOB_ID
from .worker_shapes import JobClaim, JobClaimCreate

CLAIM_LIMIT_BYTES = 256 * 1024


@requires(WORKER)
class JobClaimView(ApiView):
    shows_secret = True

    @operation("claim_job", "workers", JobClaim, 404, 409, body=JobClaimCreate, params=[JOB_ID])
    def post(self, request: Request, job_id: UUID) -> Response:
        """Claim a queued job with a worker token. One worker gets it; others get 409 and drop the message."""
        order = contract_body(request._request, ClaimRequest.from_json, limit=CLAIM_LIMIT_BYTES)
        return Response(claim_job(actor=actor_of(request), job_id=job_id, request=order).to_json())
