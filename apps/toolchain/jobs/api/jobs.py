"""REST views of jobs: lists, details, events, metrics, cancel and retry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import invalid_parameter, query_bool, query_choice, query_str
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, list_response, page_json
from apps.core.web.bodies import takes_body
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, requires
from apps.toolchain.contracts import BATCH_LIMIT_BYTES, EventBatch, EventKind
from apps.users.accounts.scopes import OAuthScope

from ..models import Job, JobState
from ..policies import JOB_CANCEL, JOB_KEY, JOB_READ, JOB_WRITE
from ..selectors import by_score, curves_of, event_json, events_of, listed_jobs, used_by
from ..selectors.jobs import ORDER
from ..services import cancel_job, record_events, retry_job
from .bodies import contract_body
from .events import EventPage
from .filters import BY_REPO, lineage_of
from .serializers import JobMetrics, JobPage, JobSerializer, JobUsage
from .shapes import JOB_ID, device_estimates
from .worker_shapes import EventBatch as EventBatchShape
from .worker_shapes import EventsAccepted

SLACK_BYTES = 64 * 1024
SORTS, DIRECTIONS, DEFAULT_METRIC = ["created_at", "score"], ["asc", "desc"], "accuracy"
EVENT_KINDS = [str(kind) for kind in EventKind]


def job_json(job: Job) -> dict[str, Any]:
    return dict(JobSerializer(job).data)


def with_parts(rows: QuerySet[Job]) -> QuerySet[Job]:
    """Fetch related rows that the serializer reads, in two queries per page."""
    return rows.select_related("receipt", "result").defer("result__views").prefetch_related("lineage")


@requires(PUBLIC)
class JobList(ApiView):
    """Jobs that you may read. The registry adds POST, since it opens the input repositories."""

    @operation(
        "list_jobs",
        "jobs",
        JobPage,
        params=[
            in_query("mine", bool, "Only jobs of your own namespaces."),
            in_query("kind", about="Only jobs of this kind, as in /api/v1/recipes."),
            in_query("state", JobState, "Only jobs in this state."),
            in_query("namespace", about="Only jobs of this user or organization."),
            *BY_REPO,
            in_query("sort", enum=SORTS, about="Property to sort by. Default: created_at."),
            in_query("direction", enum=DIRECTIONS, about="Default: desc."),
            in_query("metric", about="Name of the score to sort by. Default: accuracy."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """List jobs, newest first unless `sort` says otherwise; those without the score come last."""
        rows = listed_jobs(
            actor_of(request),
            mine=query_bool(request, "mine"),
            kind=query_str(request, "kind"),
            state=query_choice(request, "state", JobState.values),
            namespace=query_str(request, "namespace"),
            lineage=lineage_of(request),
        )
        is_upward = query_choice(request, "direction", DIRECTIONS) == "asc"
        order: Sequence[str] = tuple(name.lstrip("-") for name in ORDER) if is_upward else ORDER
        if query_choice(request, "sort", SORTS) == "score":
            metric = query_str(request, "metric") or DEFAULT_METRIC
            rows, order = by_score(rows, metric, is_upward=is_upward)
        elif query_str(request, "metric"):
            raise invalid_parameter("metric", "It is the score to sort by: set sort to score.")
        return list_response(request, with_parts(rows), JobSerializer, order=order)


@requires(JOB_READ)
class JobDetail(ApiView):
    @operation("get_job", "jobs", JobSerializer, 404, params=[JOB_ID])
    def get(self, request: Request, job: Job) -> Response:
        """Get a job."""
        return Response(job_json(job))


def changed_job(job: Job) -> Response:
    """Respond with a job and the entity tag that a read of it has."""
    response = Response(job_json(job))
    response["ETag"] = JobDetail().tag(response)
    return response


@requires(JOB_CANCEL, scopes=(OAuthScope.JOBS,))
class JobCancel(ApiView):
    @operation("cancel_job", "jobs", JobSerializer, 404, 409, params=[JOB_ID])
    def post(self, request: Request, job: Job) -> Response:
        """Cancel a job. A running job stops within seconds; its usage until then counts."""
        return changed_job(cancel_job(actor=actor_of(request), job_id=job.pk))


@requires(JOB_WRITE, scopes=(OAuthScope.JOBS,))
class JobRetry(ApiView):
    @operation("retry_job", "jobs", JobSerializer, 404, 409, params=[JOB_ID])
    def post(self, request: Request, job: Job) -> Response:
        """Retry a failed or cancelled job."""
        return changed_job(retry_job(actor=actor_of(request), job_id=job.pk))


@requires(JOB_READ)
class JobMetricsView(ApiView):
    @operation("get_job_metrics", "jobs", JobMetrics, 404, params=[JOB_ID])
    def get(self, request: Request, job: Job) -> Response:
        """Get the metrics by step, evenly thinned to at most 2,000 steps."""
        return Response(curves_of(job).to_json())


@requires(JOB_READ)
class JobUsageView(ApiView):
    @operation("get_job_usage", "jobs", JobUsage, 404, params=[JOB_ID])
    def get(self, request: Request, job: Job) -> Response:
        """Get what a job was expected to take, what it may take, and what its attempts have taken so far."""
        facts = {"estimates": device_estimates(job.estimates), "max_seconds": job.max_seconds, **used_by(job)}
        return Response(JobUsage(facts).data)


@takes_body(BATCH_LIMIT_BYTES + SLACK_BYTES)
@requires(JOB_READ, POST=JOB_KEY)
class JobEvents(ApiView):
    """Events of a job; the job's own key may report more."""

    @operation(
        "list_job_events",
        "jobs",
        EventPage,
        404,
        params=[JOB_ID, in_query("kind", EventKind, "Only events of this kind."), CURSOR, LIMIT],
    )
    def get(self, request: Request, job: Job) -> Response:
        """List a job's events, oldest first."""
        rows = events_of(job, query_choice(request, "kind", EVENT_KINDS))
        page = page_by_cursor(
            rows, order=("number",), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        return Response(page_json([event_json(event) for event in page.items], page.next_cursor))

    @operation(
        "report_job_events", "workers", EventsAccepted, 404, 409, body=EventBatchShape, params=[JOB_ID]
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Report events with the job's key. Replays are ignored; an empty list is a heartbeat."""
        batch = contract_body(request._request, EventBatch.from_json, limit=BATCH_LIMIT_BYTES + SLACK_BYTES)
        return Response(record_events(actor=actor_of(request), job_id=job_id, batch=batch).to_json())
