"""Splitting replies off into a topic of their own, and merging one topic into another."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.conversations.models import Post, PostKind, PostState
from apps.core.conversations.services.moving import lock_threads, move_posts
from apps.core.conversations.services.threads import add_event

from ..access import category_to_create_in, moderated_topic
from ..audit import Action
from ..errors import ImpossibleMerge, ImpossibleSplit
from ..models import Bookmark, MovedPost, Topic, TopicKind
from .counters import follow_thread, settle, share_of
from .tagging import set_tags
from .topics import start_topic

POSTS_LIMIT = 500


@transaction.atomic
def split_topic(
    *, actor: Actor, public_id: int, post_ids: Collection[int], title: str, category: str = ""
) -> Topic:
    """Move replies of a topic to a new one; return the new one. Their old permalinks lead there.

    category  slug, the same as before if empty
    raises    TopicNotFound, Forbidden, ImpossibleSplit, BadTitle, CategoryNotFound, NoTopicsHere
    """
    topic = moderated_topic(actor, public_id, lock=True)
    posts = _posts_to_split(topic, post_ids)
    new = start_topic(
        category_to_create_in(actor, category or topic.category.slug), title, TopicKind.DISCUSSION
    )
    first = posts[0]
    new.author_id, new.first_post = first.author_id, first
    new.created_at = first.published_at or first.created_at
    new.save()
    set_tags(new, list(topic.tags.values_list("name", flat=True)))
    _move(topic, new, [post.pk for post in posts])
    if topic.answer_id in {post.pk for post in posts}:
        topic.answer = topic.answered_by = topic.solved_at = None
        topic.save(update_fields=["answer", "answered_by", "solved_at"])
    facts = {"topic": new.public_id, "count": len(posts)}
    add_event(topic.thread, "split", author_id=actor.user_id, **facts)
    record(actor, Action.TOPIC_SPLIT, topic.public_id, into=new.public_id, posts=len(posts))
    return new


@transaction.atomic
def merge_topics(*, actor: Actor, public_id: int, into: int) -> Topic:
    """Append all posts of a topic to another one, whose address the old one leads to; return that one.

    raises  TopicNotFound, Forbidden in either topic, ImpossibleMerge
    """
    if public_id == into:
        raise ImpossibleMerge
    source = moderated_topic(actor, public_id)
    target = moderated_topic(actor, into)
    threads = lock_threads(source.thread_id, target.thread_id)
    rows = {
        row.pk: row
        for row in Topic.objects.select_for_update(of=("self",))
        .select_related("category")
        .filter(pk__in=(source.pk, target.pk))
        .order_by("pk")
    }
    source, target = rows[source.pk], rows[target.pk]
    if source.merged_into_id or target.merged_into_id or not target.is_listed:
        raise ImpossibleMerge
    source.thread, target.thread = threads[source.thread_id], threads[target.thread_id]
    before = share_of(source)
    source.merged_into, source.answer, source.answered_by, source.solved_at = target, None, None, None
    source.is_listed = False
    source.save(update_fields=["merged_into", "answer", "answered_by", "solved_at", "is_listed"])
    settle(source, before)
    # one hop, whatever was merged into the source before
    Topic.objects.filter(merged_into=source).update(merged_into=target)
    ids = list(source.thread.posts.filter(kind=PostKind.COMMENT).values_list("pk", flat=True))
    _move(source, target, ids)
    add_event(target.thread, "merged", author_id=actor.user_id, title=source.title, count=len(ids))
    record(actor, Action.TOPIC_MERGED, source.public_id, into=target.public_id)
    return target


def _posts_to_split(topic: Topic, post_ids: Collection[int]) -> list[Post]:
    if not 0 < len(post_ids) <= POSTS_LIMIT:
        raise ImpossibleSplit
    rows = topic.thread.posts.filter(pk__in=post_ids, kind=PostKind.COMMENT, number__isnull=False)
    posts = list(rows.exclude(pk=topic.first_post_id or 0).order_by("number"))
    if len(posts) != len(set(post_ids)) or posts[0].state != PostState.VISIBLE:
        raise ImpossibleSplit
    return posts


def _move(source: Topic, target: Topic, post_ids: Collection[int]) -> None:
    moved = move_posts(source.thread, target.thread, post_ids)
    _remember(source, moved)
    Bookmark.objects.filter(post_id__in=post_ids).update(topic=target)
    for topic in (source, target):
        follow_thread(topic, topic.thread)


def _remember(topic: Topic, moved: Mapping[int, Post]) -> None:
    rows = [MovedPost(topic=topic, number=number, post=post) for number, post in moved.items()]
    MovedPost.objects.bulk_create(rows, batch_size=500)
