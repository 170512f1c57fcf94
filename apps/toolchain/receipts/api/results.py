"""REST view for workers: submitting an evaluation result, which is signed."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.bodies import takes_body
from apps.core.web.policies import requires
from apps.toolchain.jobs.api.bodies import contract_body
from apps.toolchain.jobs.api.shapes import JOB_ID
from apps.toolchain.jobs.policies import JOB_KEY
from apps.toolchain.jobs.selectors import result_schema

from ..services import record_result
from .shapes import JobResult, JobResultCreate

RESULT_LIMIT_BYTES = 8 * 1024 * 1024


@takes_body(RESULT_LIMIT_BYTES)
@requires(JOB_KEY)
class JobResultsView(ApiView):
    content_limit_bytes = RESULT_LIMIT_BYTES

    @operation("report_job_result", "workers", JobResult, 404, 409, body=JobResultCreate, params=[JOB_ID])
    def post(self, request: Request, job_id: UUID) -> Response:
        """Submit an evaluation result with the job's key; the response has the id of the signed receipt."""
        read = result_schema(job_id).from_json
        result = contract_body(request._request, read, limit=RESULT_LIMIT_BYTES)
        return Response(
            {"receipt": str(record_result(actor=actor_of(request), job_id=job_id, result=result).pk)}
        )
