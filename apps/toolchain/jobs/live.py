"""Live events: a Redis stream per job, whose entries have the numbers of the events in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from uuid import UUID

import redis
import structlog
from django.conf import settings

from apps.core.web.event_stream import StreamEvent

log = structlog.get_logger(__name__)
STREAM_LENGTH = 5000
STREAM_TTL_SECONDS = 24 * 3600
CONNECT_SECONDS = 2


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.EVENTS_URL, socket_connect_timeout=CONNECT_SECONDS, decode_responses=True
    )


def stream_key(job_id: UUID | str) -> str:
    return f"job:{job_id}:live"


def publish(job_id: UUID, events: Iterable[StreamEvent]) -> None:
    """Add events to the job's stream. The caller locks the job's row, so that numbers are in order.

    Viewers read what they missed from PostgreSQL, so nothing is lost while Redis is unreachable.
    """
    key = stream_key(job_id)
    try:
        with _client().pipeline(transaction=False) as pipe:
            for event in events:
                fields: Any = {"kind": event.name, "data": event.data}
                pipe.xadd(key, fields, id=f"{event.id}-0", maxlen=STREAM_LENGTH, approximate=True)
            pipe.expire(key, STREAM_TTL_SECONDS)
            pipe.execute()
    except redis.RedisError as error:
        log.warning("live.unpublished", job=str(job_id), error=str(error))


def follow(job_id: UUID, after: int, *, wait_seconds: float) -> list[StreamEvent]:
    """Wait for events after a number and return them; empty after `wait_seconds`.

    raises  redis.RedisError if Redis cannot be reached
    """
    found: Any = _client().xread(
        {stream_key(job_id): f"{after}-0"}, count=500, block=max(1, int(wait_seconds * 1000))
    )
    entries = (found if isinstance(found, dict) else dict(found or [])).get(stream_key(job_id), [])
    return [StreamEvent(int(name.split("-")[0]), fields["kind"], fields["data"]) for name, fields in entries]


def forget(job_id: UUID | str) -> None:
    """Delete the stream of a job."""
    _client().delete(stream_key(job_id))


def streams() -> Iterator[str]:
    """Yield the ids of the jobs that have a stream."""
    for key in _client().scan_iter(match="job:*:live", count=500):
        yield key.split(":")[1]


def compact_json(data: dict[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
