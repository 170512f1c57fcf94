"""A job's events as server-sent events: stored ones first, then live ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpResponseBase
from django.views.decorators.http import require_GET

from apps.core.errors import BadRequest
from apps.core.web.http import ByteStream, HubRequest
from apps.core.web.params import parse_int
from apps.core.web.policies import requires

from ..live import LiveEvent, follow
from ..models import ACTIVE, FINISHED, Job
from ..policies import JOB_READ
from ..selectors import events_after

log = structlog.get_logger(__name__)
STREAM_SECONDS = 240
WAIT_SECONDS = 15
BATCH = 500
MAX_EVENT_ID = 2**63 - 1
_slots = threading.BoundedSemaphore(settings.LIVE_VIEWS_PER_PROCESS)


@requires(JOB_READ)
@require_GET
def job_stream(request: HubRequest, job: Job) -> HttpResponseBase:
    """Follow a job from the Last-Event-ID header or `after`, until an `end` event or for some minutes.

    source  HTML Living Standard, server-sent events
    """
    response = ByteStream(_stream(job.pk, _after(request)), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _after(request: HubRequest) -> int:
    """Return the id to resume after; the header wins, since browsers send it when they reconnect.

    raises  BadRequest
    """
    text = request.headers.get("Last-Event-ID") or request.GET.get("after") or "0"
    event_id = parse_int(text)
    if event_id is None:
        raise BadRequest("Last-Event-ID must be the id of an event.")
    return event_id


@dataclass(slots=True)
class _Cursor:
    """The id of the last event that was sent."""

    id: int


def _stream(job_id: UUID, after: int) -> Iterator[bytes]:
    """Yield the stream; without a free slot it ends after the stored events and the browser reconnects."""
    has_slot = _slots.acquire(blocking=False)
    cursor = _Cursor(after)
    end = time.monotonic() + (STREAM_SECONDS if has_slot else 0)
    try:
        yield b"retry: 1000\n\n" if has_slot else b"retry: 5000\n\n"
        while not (is_over := (yield from _stored_events(job_id, cursor))) and time.monotonic() < end:
            yield from _live_events(job_id, cursor, end)
        if is_over:
            yield b"event: end\ndata: {}\n\n"
    finally:
        if has_slot:
            _slots.release()


def _stored_events(job_id: UUID, cursor: _Cursor) -> Generator[bytes, None, bool]:
    """Yield the stored events after the cursor, holding no database connection meanwhile.

    returns  whether the job is finished
    """
    while True:
        is_over = not Job.objects.filter(pk=job_id, state__in=ACTIVE).exists()
        events = events_after(job_id, cursor.id, BATCH)
        connection.close()
        yield from _format_events(events, cursor)
        if len(events) < BATCH:
            return is_over


def _live_events(job_id: UUID, cursor: _Cursor, end: float) -> Iterator[bytes]:
    """Yield live events until the job seems finished, nothing arrives, or the stream's time is up."""
    while (left := end - time.monotonic()) > 0:
        events = _wait_for_events(job_id, cursor.id, min(WAIT_SECONDS, left))
        if not events:
            yield b": still here\n\n"
            return
        yield from _format_events(events, cursor)
        if has_final_state(events):
            time.sleep(0.2)
            return


def _wait_for_events(job_id: UUID, after: int, seconds: float) -> list[LiveEvent]:
    """Wait for events; if Redis is unreachable, wait briefly, since PostgreSQL has them."""
    try:
        return follow(job_id, after, wait_seconds=seconds)
    except redis.RedisError as error:
        log.warning("live.unreachable", job=str(job_id), error=str(error))
        time.sleep(min(2, seconds))
        return []


def _format_events(events: list[LiveEvent], cursor: _Cursor) -> Iterator[bytes]:
    for event in events:
        yield f"id: {event.id}\nevent: {event.kind}\ndata: {event.data}\n\n".encode()
        cursor.id = event.id


def has_final_state(events: Iterable[LiveEvent]) -> bool:
    """Return whether an event reports the job's end; the committed row decides."""
    return any(event.kind == "state" and json.loads(event.data).get("state") in FINISHED for event in events)
