"""Signals that a thread has something new, for open pages: a Valkey stream per thread.

A signal carries nothing: its receivers read what is new from PostgreSQL, as far as they may.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import transaction

log = structlog.get_logger(__name__)
STREAM_LENGTH, STREAM_SECONDS, CONNECT_SECONDS = 20, 3600, 2
NOTHING = "0-0"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.EVENTS_URL, socket_connect_timeout=CONNECT_SECONDS, decode_responses=True
    )


def _key(thread_id: int) -> str:
    return f"thread:{thread_id}:live"


def signal_after_commit(thread_id: int) -> None:
    """Wake the open pages of a thread once the transaction is committed."""
    transaction.on_commit(partial(_signal, thread_id), robust=True)


def _signal(thread_id: int) -> None:
    try:
        with _client().pipeline(transaction=False) as pipe:
            pipe.xadd(_key(thread_id), {"new": ""}, maxlen=STREAM_LENGTH)
            pipe.expire(_key(thread_id), STREAM_SECONDS)
            pipe.execute()
    except redis.RedisError as error:
        log.warning("live.unpublished", thread=thread_id, error=str(error))


def latest_signal(thread_id: int) -> str:
    """Return the id of the last signal, to wait for later ones.

    raises  redis.RedisError
    """
    found: Any = _client().xrevrange(_key(thread_id), count=1)
    return str(found[0][0]) if found else NOTHING


def wait_for_signal(thread_id: int, after: str, *, seconds: float) -> str:
    """Wait for a signal after another one and return the id of the last; `after` itself if none came.

    raises  redis.RedisError
    """
    found: Any = _client().xread({_key(thread_id): after}, block=max(1, int(seconds * 1000)))
    entries = (found if isinstance(found, dict) else dict(found or [])).get(_key(thread_id), [])
    return str(entries[-1][0]) if entries else after
