"""A job's events as server-sent events: stored ones from PostgreSQL, then live ones from Redis."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import redis
import structlog
from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request

from apps.core.rest.schema import in_query, operation, stream_of
from apps.core.rest.view import ApiView
from apps.core.web.event_stream import RESUME_HEADER, RESUME_PARAMETER, StreamEvent, event_stream
from apps.core.web.policies import requires

from ..live import follow
from ..models import ACTIVE, FINISHED, Job
from ..policies import JOB_READ
from ..selectors import events_after
from .events import Event
from .shapes import JOB_ID

log = structlog.get_logger(__name__)
# how long to wait before PostgreSQL is asked again while Redis cannot be reached
UNREACHABLE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class JobFeed:
    """The events of a job."""

    job_id: UUID

    def is_over(self) -> bool:
        return not Job.objects.filter(pk=self.job_id, state__in=ACTIVE).exists()

    def stored(self, after: int) -> Sequence[StreamEvent]:
        return events_after(self.job_id, after)

    def follow(self, after: int, seconds: float) -> Sequence[StreamEvent]:
        """Wait for events; if Redis is unreachable, wait briefly, since PostgreSQL has them."""
        try:
            return follow(self.job_id, after, wait_seconds=seconds)
        except redis.RedisError as error:
            log.warning("live.unreachable", job=str(self.job_id), error=str(error))
            time.sleep(min(UNREACHABLE_SECONDS, seconds))
            return []

    def may_be_last(self, event: StreamEvent) -> bool:
        """A final state may be followed by a retry; the committed row decides."""
        return event.name == "state" and json.loads(event.data)["data"]["state"] in FINISHED


EVENT_ID = {"type": "string", "pattern": "^[0-9]{1,18}$"}
RESUME = [
    OpenApiParameter(
        RESUME_HEADER,
        EVENT_ID,
        OpenApiParameter.HEADER,
        description="Id of the last event received. Browsers send it when they reconnect.",
    ),
    in_query(
        RESUME_PARAMETER,
        EVENT_ID,
        "Like Last-Event-ID, for clients that cannot set headers; the header wins.",
    ),
]
OVER = OpenApiResponse(description="The job is over and you have all its events: do not reconnect.")


@requires(JOB_READ)
class JobStream(ApiView):
    @operation(
        "stream_job_events",
        "jobs",
        stream_of(Event, "EventStream"),
        404,
        503,
        params=[JOB_ID, *RESUME],
        also={204: OVER},
    )
    def get(self, request: Request, job: Job) -> HttpResponseBase:
        """Follow a job's events: those that are stored, then live ones.

        Server-sent events: the data of each is an Event, its id that of the event, and its name the kind.
        An event named `end` with empty data follows the last one. A stream ends with the job or after some
        minutes; reconnect with the id of the last event, and nothing is missing.
        """
        return event_stream(request._request, JobFeed(job.pk))
