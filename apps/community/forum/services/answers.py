"""Accepting the answer to a question."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.conversations.models import Post, PostKind, PostState
from apps.core.conversations.services.threads import add_event
from apps.core.public_ids import by_id

from ..access import editable_topic
from ..errors import BadAnswer, NotAQuestion
from ..models import Topic, TopicKind

FIELDS = ["answer", "answered_by", "solved_at"]


@transaction.atomic
def accept_answer(*, actor: Actor, public_id: int, post_id: int | str) -> Topic:
    """Mark a reply as the answer to a question; another one before it is replaced.

    raises  TopicNotFound, Forbidden, TopicArchived, NotAQuestion, BadAnswer
    """
    topic = editable_topic(actor, public_id, lock=True)
    if topic.kind != TopicKind.QUESTION:
        raise NotAQuestion
    rows = Post.objects.filter(thread=topic.thread, kind=PostKind.COMMENT, state=PostState.VISIBLE)
    post = rows.filter(**by_id(post_id)).exclude(pk=topic.first_post_id or 0).first()
    if post is None:
        raise BadAnswer
    if topic.answer_id != post.pk:
        topic.answer, topic.answered_by_id, topic.solved_at = post, post.author_id, timezone.now()
        topic.save(update_fields=FIELDS)
        add_event(topic.thread, "solved", author_id=actor.user_id, post=post.pk, number=post.number)
    return topic


@transaction.atomic
def clear_answer(*, actor: Actor, public_id: int) -> Topic:
    """Take the mark of the answer away; a question without one stays so.

    raises  TopicNotFound, Forbidden, TopicArchived
    """
    topic = editable_topic(actor, public_id, lock=True)
    if topic.answer_id is not None:
        topic.answer = topic.answered_by = topic.solved_at = None
        topic.save(update_fields=FIELDS)
        add_event(topic.thread, "unsolved", author_id=actor.user_id)
    return topic
