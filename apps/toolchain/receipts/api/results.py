"""REST view for workers: submitting a result, which is signed if it is an evaluation's."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.bodies import takes_body
from apps.core.web.policies import requires
from apps.toolchain.contracts import ReportResult
from apps.toolchain.jobs.api.bodies import contract_body
from apps.toolchain.jobs.api.shapes import JOB_ID
from apps.toolchain.jobs.policies import JOB_KEY
from apps.toolchain.jobs.selectors import result_schema
from apps.toolchain.results.services import record_report

from ..services import record_result
from .shapes import JobResultCreate, JobResultReceived

RESULT_LIMIT_BYTES = 8 * 1024 * 1024


@takes_body(RESULT_LIMIT_BYTES)
@requires(JOB_KEY)
class JobResultsView(ApiView):
    content_limit_bytes = RESULT_LIMIT_BYTES

    @operation(
        "report_job_result", "workers", JobResultReceived, 404, 409, body=JobResultCreate, params=[JOB_ID]
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Submit a result with the job's key; that of an evaluation is signed as a receipt."""
        schema, actor = result_schema(job_id), actor_of(request)
        if issubclass(schema, ReportResult):
            report = contract_body(request._request, schema.from_json, limit=RESULT_LIMIT_BYTES)
            record_report(actor=actor, job_id=job_id, result=report)
            return Response({"receipt": None})
        result = contract_body(request._request, schema.from_json, limit=RESULT_LIMIT_BYTES)
        return Response({"receipt": str(record_result(actor=actor, job_id=job_id, result=result).pk)})
