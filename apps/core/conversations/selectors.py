"""Reading conversations: windows of a thread, unread counts, drafts, the files of posts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.web.event_stream import StreamEvent

from .access import can_moderate
from .models import Attachment, Draft, Post, PostKind, PostRevision, PostState, Reaction, ReadMark, Thread

WINDOW = 20
NEW_POSTS = 100


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive posts of a thread.

    before, after  numbers to load the window before the first and after the last post from; None at an end
    """

    posts: list[Post]
    before: int | None
    after: int | None


# all of a post, and of the people and the post next to it only what is shown there
SHOWN = (
    *(field.name for field in Post._meta.concrete_fields),
    "author__username",
    "author__namespace__name",
    "author__namespace__avatar",
    "editor__username",
    "reply_to__thread_id",
    "reply_to__number",
    "reply_to__state",
    "reply_to__author__username",
)


def with_people(rows: QuerySet[Post]) -> QuerySet[Post]:
    """Read with posts who wrote and edited them, and what they reply to."""
    return rows.select_related("author__namespace", "editor", "reply_to__author").only(*SHOWN)


def posts_for(actor: Actor, thread: Thread) -> QuerySet[Post]:
    """Return the numbered posts that the actor sees in a thread that they may read, in order.

    Everybody sees the places of removed posts; presenters leave out their text.
    """
    return with_people(thread.posts.filter(number__isnull=False)).order_by("number")


def first_post(thread_id: int) -> Post | None:
    """Return the post that a thread begins with, such as the description of an idea, whatever its state."""
    return Post.objects.filter(thread_id=thread_id, kind=PostKind.COMMENT).order_by("pk").first()


def first_posts(thread_ids: Collection[int]) -> dict[int, Post]:
    """Return the posts that threads begin with by thread id, in one query."""
    rows = Post.objects.filter(thread_id__in=thread_ids, kind=PostKind.COMMENT)
    return {post.thread_id: post for post in rows.order_by("thread_id", "pk").distinct("thread_id")}


def held_posts(actor: Actor, thread: Thread, *, is_moderator: bool | None = None) -> QuerySet[Post]:
    """Return the posts that wait for a moderator: the actor's own, all of them for moderators.

    is_moderator  what `can_moderate` has returned, if it was asked already
    """
    rows = with_people(thread.posts.filter(state=PostState.HELD))
    if not (can_moderate(actor, thread) if is_moderator is None else is_moderator):
        rows = rows.filter(author_id=actor.user_id) if actor.user_id else rows.none()
    return rows.order_by("created_at", "pk")


def window_around(actor: Actor, thread: Thread, number: int, size: int = WINDOW) -> Window:
    """Return the posts around a number; near an end the window is filled from the other side."""
    rows = posts_for(actor, thread)
    start = max(1, min(number - size // 2, thread.last_number - size + 1))
    posts = list(rows.filter(number__gte=start)[:size])
    if len(posts) == size or start == 1:
        return _window(thread, posts)
    # posts were moved to another thread: there are gaps between the numbers
    lower = list(rows.filter(number__lt=number).order_by("-number")[:size])
    upper = [post for post in posts if (post.number or 0) >= number]
    return _window(thread, [*reversed(lower[: size - len(upper)]), *upper])


def window_after(actor: Actor, thread: Thread, number: int, size: int = WINDOW) -> Window:
    """Return the posts after a number."""
    return _window(thread, list(posts_for(actor, thread).filter(number__gt=number)[:size]))


def window_before(actor: Actor, thread: Thread, number: int, size: int = WINDOW) -> Window:
    """Return the posts before a number, in order."""
    rows = posts_for(actor, thread).filter(number__lt=number).order_by("-number")[:size]
    return _window(thread, list(reversed(rows)))


def _window(thread: Thread, posts: list[Post]) -> Window:
    if not posts:
        return Window([], None, None)
    first, last = posts[0].number or 0, posts[-1].number or 0
    return Window(posts, first if first > 1 else None, last if last < thread.last_number else None)


def number_at(thread: Thread, day: date) -> int:
    """Return the number of the first post on or after a day; of the last one if there is none."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    found = thread.posts.filter(number__isnull=False, published_at__gte=start).order_by("number").first()
    return found.number or 1 if found else max(1, thread.last_number)


def new_posts(thread_id: int, after: int) -> list[StreamEvent]:
    """Return the posts and events after a number for a live page: that they are there, without their text."""
    rows = Post.objects.filter(thread_id=thread_id, number__gt=after, state=PostState.VISIBLE)
    found = rows.order_by("number").values_list("public_id", "number")[:NEW_POSTS]
    return [
        StreamEvent(number, "post", json.dumps({"id": public_id, "number": number}))
        for public_id, number in found
        if number
    ]


def visible_post_of(thread: Thread, public_id: str) -> Post | None:
    """Return a visible post of a thread by the id that a form or link names, None without one."""
    rows = thread.posts.select_related("author").filter(state=PostState.VISIBLE, kind=PostKind.COMMENT)
    return rows.filter(public_id=public_id).first() if public_id else None


# what a person has read


def read_number(actor: Actor, thread: Thread) -> int:
    """Return the number that the actor has read up to; 0 if nothing."""
    mark = ReadMark.objects.filter(user_id=actor.user_id, thread=thread).first() if actor.user_id else None
    return mark.number if mark else 0


def read_numbers(actor: Actor, thread_ids: Collection[int]) -> Mapping[int, int]:
    """Return how far the actor has read, by thread id; threads that they never opened are absent."""
    if actor.user_id is None:
        return {}
    rows = ReadMark.objects.filter(user_id=actor.user_id, thread_id__in=thread_ids)
    return dict(rows.values_list("thread_id", "number"))


def unread_threads(actor: Actor, threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """Return the threads that the actor has opened before and that have newer posts."""
    return threads.filter(Q(read_marks__user_id=actor.user_id) & Q(read_marks__number__lt=F("last_number")))


# parts of posts


def own_reactions(actor: Actor, posts: Iterable[Post]) -> dict[int, set[str]]:
    """Return the actor's reactions by post id."""
    found: dict[int, set[str]] = {}
    if actor.user_id is not None:
        rows = Reaction.objects.filter(user_id=actor.user_id, post__in=[post.pk for post in posts])
        for post_id, emoji in rows.values_list("post_id", "emoji"):
            found.setdefault(post_id, set()).add(emoji)
    return found


def revisions_of(post: Post) -> QuerySet[PostRevision]:
    """Return the former texts of a post, newest first."""
    return post.revisions.select_related("editor").order_by("-number")


def attachment_bytes(namespace_ids: Collection[int]) -> dict[int, int]:
    """Return what attached files take, by namespace id."""
    rows = Attachment.objects.filter(owner_id__in=namespace_ids).values_list("owner_id")
    return dict(rows.annotate(total=Sum("size")).order_by("owner_id"))


def draft_of(actor: Actor, place: str) -> Draft | None:
    return drafts_of(actor).filter(place=place).first()


def drafts_of(actor: Actor) -> QuerySet[Draft]:
    """Return the actor's drafts, newest first."""
    rows = Draft.objects.filter(user_id=actor.user_id) if actor.user_id else Draft.objects.none()
    return rows.order_by("-updated_at", "-pk")
