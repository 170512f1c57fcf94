"""Jobs for programs: lists, one job, its events and metrics, cancel and retry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.actor import Actor
from apps.core.doors import Door, door
from apps.core.errors import BadRequest
from apps.core.pages import page_by_cursor

from ..access import check_key, job_for
from ..contracts import BATCH_LIMIT_BYTES, EventBatch, EventKind
from ..models import Job, JobKind, JobState
from ..selectors import curves_of, events_of, jobs_for, listed_jobs
from ..selectors.jobs import ORDER
from ..services import cancel_job, record_events, retry_job
from .bodies import contract_body
from .schema import CURSOR, LIMIT, answers
from .serializers import CurvesSerializer, EventBatchIn, EventPage, EventsAccepted, EventSerializer, JobPage, JobSerializer

LIMIT_DEFAULT, LIMIT_MOST = 50, 200
SLACK_BYTES = 64 * 1024


def actor_of(request: Request) -> Actor:
    return request._request.actor  # type: ignore[attr-defined]


def limit_of(request: Request) -> int:
    """Return the page size that was asked for.

    raises  BadRequest
    """
    text = request.query_params.get("limit", str(LIMIT_DEFAULT))
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not 1 <= int(text) <= LIMIT_MOST:
        raise BadRequest(f"limit must be between 1 and {LIMIT_MOST}.")
    return int(text)


def job_json(job: Job) -> dict[str, Any]:
    return dict(JobSerializer(job).data)


def with_parts(rows: QuerySet[Job]) -> QuerySet[Job]:
    """Fetch what the serializer reads, in two queries for a whole page."""
    return rows.select_related("receipt").prefetch_related("lineage")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("repo must be the id of a repository.") from None


@door(Door.PUBLIC)
class JobList(APIView):
    """Jobs that you may read. The room above adds POST, which opens the doors of the inputs."""

    @extend_schema(
        operation_id="list_jobs",
        tags=["jobs"],
        parameters=[
            OpenApiParameter("mine", bool, description="Only jobs of your own names."),
            OpenApiParameter("kind", str, enum=JobKind.values),
            OpenApiParameter("state", str, enum=JobState.values),
            OpenApiParameter("namespace", str, description="Only jobs of this person or organisation."),
            OpenApiParameter("repo", UUID, description="Only jobs that read or made the repository of this id."),
            CURSOR,
            LIMIT,
        ],
        responses=answers({200: JobPage}, 400, 401),
    )
    def get(self, request: Request) -> Response:
        """List jobs, newest first."""
        words = request.query_params
        mine = words.get("mine", "") in ("1", "true")
        rows = listed_jobs(
            actor_of(request), mine=mine, kind=words.get("kind", ""), state=words.get("state", ""), namespace=words.get("namespace", "")
        )
        if words.get("repo"):
            rows = rows.filter(pk__in=jobs_for(_uuid(words["repo"]), actor_of(request)).values("pk"))
        page = page_by_cursor(with_parts(rows), order=ORDER, cursor=words.get("cursor"), limit=limit_of(request))
        return Response({"items": [job_json(job) for job in page.items], "next_cursor": page.next_cursor})


@door(Door.JOB_READ)
class JobDetail(APIView):
    @extend_schema(operation_id="get_job", tags=["jobs"], responses=answers({200: JobSerializer}, 401, 404))
    def get(self, request: Request, job_id: UUID) -> Response:
        """Read one job."""
        return Response(job_json(job_for(actor_of(request), job_id)))


@door(Door.JOB_WRITE)
class JobCancel(APIView):
    @extend_schema(operation_id="cancel_job", tags=["jobs"], request=None, responses=answers({200: JobSerializer}, 401, 403, 404, 409))
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel a job. One that a worker has stops within seconds; what it used until then is counted."""
        return Response(job_json(cancel_job(actor=actor_of(request), job_id=job_id)))


@door(Door.JOB_WRITE)
class JobRetry(APIView):
    @extend_schema(operation_id="retry_job", tags=["jobs"], request=None, responses=answers({200: JobSerializer}, 401, 403, 404, 409))
    def post(self, request: Request, job_id: UUID) -> Response:
        """Queue a job again that failed or was cancelled."""
        return Response(job_json(retry_job(actor=actor_of(request), job_id=job_id)))


@door(Door.JOB_READ)
class JobMetrics(APIView):
    @extend_schema(operation_id="get_job_metrics", tags=["jobs"], responses=answers({200: CurvesSerializer}, 401, 404))
    def get(self, request: Request, job_id: UUID) -> Response:
        """Read the metrics by step, at most 2,000 steps, thinned evenly."""
        return Response(curves_of(job_for(actor_of(request), job_id)).to_json())


@door(Door.JOB_READ)
class JobEvents(APIView):
    """Readers page through the events; the job's own key adds to them."""

    @extend_schema(
        operation_id="list_job_events",
        tags=["jobs"],
        parameters=[OpenApiParameter("kind", str, enum=[str(kind) for kind in EventKind]), CURSOR, LIMIT],
        responses=answers({200: EventPage}, 400, 401, 404),
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """List what happened in a job, oldest first."""
        words = request.query_params
        rows = events_of(job_for(actor_of(request), job_id), words.get("kind", ""))
        page = page_by_cursor(rows, order=("id",), cursor=words.get("cursor"), limit=limit_of(request))
        return Response({"items": EventSerializer(page.items, many=True).data, "next_cursor": page.next_cursor})

    @extend_schema(
        operation_id="report_job_events",
        tags=["workers"],
        request=EventBatchIn,
        responses=answers({200: EventsAccepted}, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Report events with the job's key; replays are ignored, an empty list is a heartbeat."""
        check_key(actor_of(request), job_id)
        batch = contract_body(request._request, EventBatch.from_json, limit=BATCH_LIMIT_BYTES + SLACK_BYTES)
        return Response(record_events(actor=actor_of(request), job_id=job_id, batch=batch).to_json())
