"""Jobs for programs: lists, one job, its events and metrics, cancel and retry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.bodies import takes_body
from apps.core.errors import BadRequest
from apps.core.pagination import page_by_cursor
from apps.core.policies import PUBLIC, requires
from apps.core.rest_body import query_bool, query_choice, query_str
from apps.core.rest_schema import CURSOR, LIMIT, call, in_query
from apps.core.rest_view import ApiView, actor_of, answer_page, limit_of, page_json
from apps.users.accounts.scopes import OAuthScope

from ..access import check_key, job_for
from ..contracts import BATCH_LIMIT_BYTES, EventBatch, EventKind
from ..models import Job, JobKind, JobState
from ..policies import JOB_KEY, JOB_READ, JOB_WRITE
from ..selectors import curves_of, events_of, jobs_for, listed_jobs
from ..selectors.jobs import ORDER
from ..services import cancel_job, record_events, retry_job
from .bodies import contract_body
from .serializers import (
    CurvesSerializer,
    EventBatchIn,
    EventPage,
    EventsAccepted,
    EventSerializer,
    JobPage,
    JobSerializer,
)

SLACK_BYTES = 64 * 1024


def job_json(job: Job) -> dict[str, Any]:
    return dict(JobSerializer(job).data)


def with_parts(rows: QuerySet[Job]) -> QuerySet[Job]:
    """Fetch what the serializer reads, in two queries for a whole page."""
    return rows.select_related("receipt").prefetch_related("lineage")


def uuid_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("repo must be the id of a repository.") from None


@requires(PUBLIC)
class JobList(ApiView):
    """Jobs that you may read. The room above adds POST, which opens the doors of the inputs."""

    @call(
        "list_jobs",
        "jobs",
        JobPage,
        params=[
            in_query("mine", bool, "Only jobs of your own names."),
            in_query("kind", enum=JobKind.values),
            in_query("state", enum=JobState.values),
            in_query("namespace", about="Only jobs of this person or organisation."),
            in_query("repo", UUID, "Only jobs that read or made the repository of this id."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """List jobs, newest first."""
        actor = actor_of(request)
        kind, state = (
            query_choice(request, "kind", JobKind.values),
            query_choice(request, "state", JobState.values),
        )
        rows = listed_jobs(
            actor,
            mine=query_bool(request, "mine"),
            kind=kind,
            state=state,
            namespace=query_str(request, "namespace"),
        )
        if repo := query_str(request, "repo"):
            rows = rows.filter(pk__in=jobs_for(uuid_of(repo), actor).values("pk"))
        page = page_by_cursor(
            with_parts(rows), order=ORDER, cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        return Response(page_json([job_json(job) for job in page.items], page.next_cursor))


@requires(JOB_READ)
class JobDetail(ApiView):
    @call("get_job", "jobs", JobSerializer, 404)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Read one job."""
        return Response(job_json(job_for(actor_of(request), job_id)))


@requires(JOB_WRITE, scopes=(OAuthScope.JOBS,))
class JobCancel(ApiView):
    @call("cancel_job", "jobs", JobSerializer, 404, 409)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel a job. One that a worker has stops within seconds; what it used until then is counted."""
        return Response(job_json(cancel_job(actor=actor_of(request), job_id=job_id)))


@requires(JOB_WRITE, scopes=(OAuthScope.JOBS,))
class JobRetry(ApiView):
    @call("retry_job", "jobs", JobSerializer, 404, 409)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Queue a job again that failed or was cancelled."""
        return Response(job_json(retry_job(actor=actor_of(request), job_id=job_id)))


@requires(JOB_READ)
class JobMetrics(ApiView):
    @call("get_job_metrics", "jobs", CurvesSerializer, 404)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Read the metrics by step, at most 2,000 steps, thinned evenly."""
        return Response(curves_of(job_for(actor_of(request), job_id)).to_json())


@takes_body(BATCH_LIMIT_BYTES + SLACK_BYTES)
@requires(JOB_READ, POST=JOB_KEY)
class JobEvents(ApiView):
    """Readers page through the events; the job's own key adds to them."""

    @call(
        "list_job_events",
        "jobs",
        EventPage,
        404,
        params=[in_query("kind", enum=[str(kind) for kind in EventKind]), CURSOR, LIMIT],
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """List what happened in a job, oldest first."""
        rows = events_of(
            job_for(actor_of(request), job_id),
            query_choice(request, "kind", [str(kind) for kind in EventKind]),
        )
        return answer_page(
            page_by_cursor(rows, order=("id",), cursor=query_str(request, "cursor"), limit=limit_of(request)),
            EventSerializer,
        )

    @call("report_job_events", "workers", EventsAccepted, 404, 409, 413, 415, 422, takes=EventBatchIn)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Report events with the job's key; replays are ignored, an empty list is a heartbeat."""
        check_key(actor_of(request), job_id)
        batch = contract_body(request._request, EventBatch.from_json, limit=BATCH_LIMIT_BYTES + SLACK_BYTES)
        return Response(record_events(actor=actor_of(request), job_id=job_id, batch=batch).to_json())
