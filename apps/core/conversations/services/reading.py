"""How far people have read."""

from __future__ import annotations

from django.db import connection

from apps.core.actor import Actor
from apps.core.errors import Unauthenticated

from ..access import thread_for
from ..models import Thread
from ..notifications import mark_posts_read

# a mark only moves forward, also when two windows report at once
MARK = """
INSERT INTO conversations_readmark (user_id, thread_id, number, updated_at) VALUES (%s, %s, %s, now())
ON CONFLICT (user_id, thread_id) DO UPDATE
SET number = greatest(conversations_readmark.number, excluded.number), updated_at = now()
"""


def mark_read(*, actor: Actor, thread_id: int | str, number: int) -> Thread:
    """Remember that the actor has read a thread up to a post.

    raises  ThreadNotFound, Unauthenticated
    """
    if actor.user_id is None:
        raise Unauthenticated
    thread = thread_for(actor, thread_id)
    set_mark(actor.user_id, thread, number)
    mark_posts_read(actor, thread, number)
    return thread


def set_mark(user_id: int, thread: Thread, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MARK, [user_id, thread.pk, min(number, thread.last_number)])
