"""Conversations, their posts and their streams in the REST API."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import redis
import structlog
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.moderation.submissions import facts_of
from apps.core.rest.body import invalid_field, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation, stream_of
from apps.core.rest.view import ApiView, actor_of, created, limit_of, no_content, page_response
from apps.core.web.event_stream import RESUME_PARAMETER, StreamEvent, event_stream
from apps.core.web.http import release_connection
from apps.core.web.pagination import Page, page_by_cursor
from apps.core.web.policies import requires

from ..live import NOTHING, latest_signal, wait_for_signal
from ..models import Thread
from ..policies import THREAD_MODERATE, THREAD_READ, THREAD_WRITE
from ..presenters import is_moderated_by
from ..selectors import new_posts, posts_for, visible_post_of
from ..services.posts import add_post
from ..services.reading import mark_read
from ..services.threads import set_locked, set_pace
from .posts import post_data
from .shapes import (
    SOURCE_LIMIT_BYTES,
    THREAD_ID,
    NewPost,
    PostCreate,
    PostDetail,
    PostPage,
    ReadRequest,
    ThreadDetail,
    ThreadUpdate,
    readable,
    thread_data,
)

log = structlog.get_logger(__name__)
# how long to wait before PostgreSQL is asked again while Valkey cannot be reached
UNREACHABLE_SECONDS = 2


@requires(THREAD_READ, PATCH=THREAD_MODERATE)
class OneThread(ApiView):
    @operation("get_thread", "conversations", ThreadDetail, 404, params=[THREAD_ID])
    def get(self, request: Request, thread: Thread) -> Response:
        """Get a conversation."""
        return Response(thread_data(thread))

    @operation("update_thread", "conversations", ThreadDetail, 404, body=ThreadUpdate, params=[THREAD_ID])
    def patch(self, request: Request, thread: Thread) -> Response:
        """Lock, unlock or slow down a conversation, as a moderator."""
        facts, actor = validated(request, ThreadUpdate), actor_of(request)
        is_locked = facts.pop("is_locked", None)
        if facts:
            pace = {"slow_mode_seconds": thread.slow_mode_seconds, "closes_at": thread.closes_at, **facts}
            thread = set_pace(actor=actor, thread_id=thread.pk, **pace)
        if is_locked is not None:
            thread = set_locked(actor=actor, thread_id=thread.pk, is_locked=is_locked)
        return Response(thread_data(thread))


@requires(THREAD_READ, POST=THREAD_WRITE)
class ThreadPosts(ApiView):
    @operation("list_posts", "conversations", PostPage, 404, params=[THREAD_ID, CURSOR, LIMIT])
    def get(self, request: Request, thread: Thread) -> Response:
        """List the posts and events of a conversation in order. Removed posts have no text."""
        actor = actor_of(request)
        page = page_by_cursor(
            posts_for(actor, thread),
            order=("number",),
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
        )
        is_moderator = is_moderated_by(actor, thread)
        shown = readable(page.items, user_id=actor.user_id, is_moderator=is_moderator)
        return page_response(Page(shown, page.next_cursor), PostDetail)

    @operation(
        "create_post",
        "conversations",
        PostDetail,
        404,
        422,
        429,
        status=201,
        body=PostCreate,
        params=[THREAD_ID],
    )
    def post(self, request: Request, thread: Thread) -> Response:
        """Write a post. Its state is `held` if a moderator looks at it first."""
        facts = validated(request, PostCreate, limit=SOURCE_LIMIT_BYTES)
        answered = visible_post_of(thread, reply_to) if (reply_to := facts.get("reply_to_id")) else None
        if reply_to and answered is None:
            raise invalid_field("reply_to_id", "There is no such post in this conversation.", "not_found")
        post = add_post(
            actor=actor_of(request),
            thread_id=thread.pk,
            source=facts["source"],
            reply_to=answered.pk if answered else None,
            facts=facts_of(request._request),
        )
        return created(post_data(request, post), f"/api/v1/posts/{post.public_id}")


@requires(THREAD_WRITE)
class ThreadRead(ApiView):
    @operation(
        "mark_thread_read", "conversations", None, 404, status=204, body=ReadRequest, params=[THREAD_ID]
    )
    def post(self, request: Request, thread: Thread) -> Response:
        """Remember how far you have read. A mark only moves forward."""
        mark_read(actor=actor_of(request), thread_id=thread.pk, **validated(request, ReadRequest))
        return no_content()


@dataclass(slots=True)
class ThreadFeed:
    """The numbers of new posts. signal: the last one that was received"""

    thread_id: int
    signal: str = NOTHING

    def is_over(self) -> bool:
        return not Thread.objects.filter(pk=self.thread_id).exists()

    def stored(self, after: int) -> Sequence[StreamEvent]:
        return new_posts(self.thread_id, after)

    def follow(self, after: int, seconds: float) -> Sequence[StreamEvent]:
        """Wait for a signal; if Valkey is unreachable, wait briefly, since PostgreSQL has the posts."""
        try:
            self.signal = wait_for_signal(self.thread_id, self.signal, seconds=seconds)
        except redis.RedisError as error:
            log.warning("live.unreachable", thread=self.thread_id, error=str(error))
            time.sleep(min(UNREACHABLE_SECONDS, seconds))
        events = self.stored(after)
        release_connection()
        return events

    def may_be_last(self, event: StreamEvent) -> bool:
        return False

    @classmethod
    def of(cls, thread_id: int) -> ThreadFeed:
        """Return a feed that misses no signal between its first look and its first wait."""
        try:
            return cls(thread_id, latest_signal(thread_id))
        except redis.RedisError:
            return cls(thread_id)


@requires(THREAD_READ)
class ThreadStream(ApiView):
    @operation(
        "stream_thread",
        "conversations",
        stream_of(NewPost, "ThreadStream"),
        404,
        503,
        params=[
            THREAD_ID,
            in_query(
                RESUME_PARAMETER,
                {"type": "string", "pattern": "^[0-9]{1,18}$"},
                "Number of the last post that you have. The Last-Event-ID header wins.",
            ),
        ],
    )
    def get(self, request: Request, thread: Thread) -> HttpResponseBase:
        """Follow a conversation: an event named `post` for each new post.

        The id of an event is the number of the post. A stream ends after some minutes; reconnect with the id
        of the last event, and nothing is missing.
        """
        return event_stream(request._request, ThreadFeed.of(thread.pk))
