"""The seam to the pages of conversations: what a topic's page shows of its thread.

Pages of conversations bring a view of a thread with composer, reactions and live posts; this module and
`_posts.html` then give way to `thread_view` and its component.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps.core.actor import Actor
from apps.core.conversations.models import Post, PostKind
from apps.core.conversations.selectors import (
    held_posts,
    read_number,
    window_after,
    window_around,
    window_before,
)
from apps.core.conversations.services.reading import set_mark

from .models import Topic


@dataclass(frozen=True, slots=True)
class Talk:
    """A window of posts; before and after are where the next windows begin."""

    posts: list[Post]
    held: list[Post]
    before: int | None
    after: int | None

    @property
    def comments(self) -> list[Post]:
        """The posts whose text everybody sees."""
        return [post for post in self.posts if post.kind == PostKind.COMMENT and post.is_visible]


def talk_of(actor: Actor, topic: Topic, query: Mapping[str, str]) -> Talk:
    """Return the posts around where the reader wants to be, and remember that they have read them.

    query  of the page: `post` (a number), `before`, `after` or `at` (first, last, unread)
    """
    thread, read = topic.thread, read_number(actor, topic.thread)
    if before := _number(query.get("before", "")):
        window = window_before(actor, thread, before)
    elif after := _number(query.get("after", "")):
        window = window_after(actor, thread, after)
    else:
        starts = {"first": 1, "last": thread.last_number, "unread": read + 1}
        start = _number(query.get("post", "")) or starts.get(query.get("at", ""), read + 1 if read else 1)
        window = window_around(actor, thread, start)
    last = window.posts[-1].number or 0 if window.posts else 0
    if actor.user_id is not None and last > read:
        set_mark(actor.user_id, thread, last)
    held = list(held_posts(actor, thread)) if actor.is_signed_in else []
    return Talk(window.posts, held, window.before, window.after)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
