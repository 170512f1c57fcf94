"""Posts as content that is held, reported and hidden, and what people did in conversations as trust."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.moderation.providers import ContentView, ModeratedKind, Statistics

from .access import can_moderate, can_see
from .models import Post, PostKind, PostState, Reaction, ReadMark, Thread
from .providers import ThreadPlace, kinds
from .services.posts import POST, move_post

EXCERPT_CHARACTERS = 2_000


class ModeratedPost(ModeratedKind):
    name = POST
    label = _("Posts")

    def views(self, keys: Collection[str]) -> Mapping[str, ContentView]:
        posts = list(Post.objects.select_related("thread").filter(public_id__in=keys, kind=PostKind.COMMENT))
        places = _places({post.thread for post in posts})
        return {
            post.public_id: _view(post, places[post.thread_id]) for post in posts if post.thread_id in places
        }

    def publish(self, key: str) -> None:
        self._move(key, PostState.VISIBLE, only_from=(PostState.HELD,))

    def hide(self, key: str, reason: str) -> None:
        self._move(key, PostState.HIDDEN, only_from=(PostState.VISIBLE, PostState.HELD))

    def restore(self, key: str) -> None:
        self._move(key, PostState.VISIBLE, only_from=(PostState.HIDDEN,))

    def of_author(self, user_id: int) -> Collection[str]:
        rows = Post.objects.filter(author_id=user_id, state=PostState.VISIBLE, kind=PostKind.COMMENT)
        return list(rows.order_by("-pk").values_list("public_id", flat=True))

    def can_moderate(self, actor: Actor, key: str) -> bool:
        post = Post.objects.select_related("thread").filter(public_id=key).first()
        return post is not None and can_moderate(actor, post.thread)

    def can_see(self, actor: Actor, key: str) -> bool:
        post = Post.objects.select_related("thread").filter(public_id=key, kind=PostKind.COMMENT).first()
        return post is not None and can_see(actor, post)

    def _move(self, key: str, state: PostState, *, only_from: Collection[PostState]) -> None:
        """Change the state of a post under the locks that a new post takes."""
        thread_id = Post.objects.filter(public_id=key).values_list("thread_id", flat=True).first()
        if thread_id is None:
            return
        thread = Thread.objects.select_for_update().get(pk=thread_id)
        post = Post.objects.select_for_update(of=("self",)).filter(public_id=key, state__in=only_from).first()
        if post is not None:
            post.thread = thread
            move_post(post, state)


def _places(threads: Collection[Thread]) -> dict[int, ThreadPlace]:
    """Return where threads are read: one query for each kind."""
    found: dict[int, ThreadPlace] = {}
    for name, kind in kinds().items():
        if ids := [thread.pk for thread in threads if thread.kind == name]:
            found |= kind.places(ids)
    return found


def _view(post: Post, place: ThreadPlace) -> ContentView:
    path = place.post_path(post.number) if post.number else place.path
    excerpt = post.source[:EXCERPT_CHARACTERS]
    return ContentView(place.title, excerpt, path, post.author_id, post.created_at)


def conversation_statistics(ids: Collection[int], since: datetime | None) -> Mapping[int, Statistics]:
    """Return what people read and wrote in conversations since a time."""
    marks, posts, reactions = ReadMark.objects.filter(user_id__in=ids), _comments(), Reaction.objects.all()
    threads = 0
    if since is not None:
        marks, posts = marks.filter(updated_at__gte=since), posts.filter(published_at__gte=since)
        reactions = reactions.filter(created_at__gte=since)
        threads = Thread.objects.filter(last_posted_at__gte=since).count()
    read = {
        row["user_id"]: row for row in marks.values("user_id").annotate(count=Count("pk"), read=Sum("number"))
    }
    replied = dict(
        posts.filter(author_id__in=ids, number__gt=1)
        .values_list("author_id")
        .annotate(count=Count("thread", distinct=True))
    )
    given = dict(reactions.filter(user_id__in=ids).values_list("user_id").annotate(count=Count("pk")))
    got = reactions.filter(post__author_id__in=ids).exclude(user_id=F("post__author_id"))
    received = dict(got.values_list("post__author_id").annotate(count=Count("pk")))
    return {
        user_id: Statistics(
            threads_read=read[user_id]["count"] if user_id in read else 0,
            posts_read=read[user_id]["read"] if user_id in read else 0,
            threads_replied_to=replied.get(user_id, 0),
            reactions_given=given.get(user_id, 0),
            reactions_received=received.get(user_id, 0),
            threads_seen_percent=100 * read[user_id]["count"] // threads
            if user_id in read and threads
            else 0,
        )
        for user_id in ids
    }


def _comments() -> QuerySet[Post]:
    return Post.objects.filter(kind=PostKind.COMMENT, state=PostState.VISIBLE)
