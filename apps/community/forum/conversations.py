"""Topics as a kind of conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.conversations.models import Post, Thread
from apps.core.conversations.providers import ConversationKind, ThreadPlace

from .access import can_moderate, check_reply, readers_of, visible_to
from .models import Topic
from .services.counters import follow_post
from .services.threads import THREAD_KIND


class TopicConversations(ConversationKind):
    name = THREAD_KIND
    label = _("Topics")

    def visible_to(self, actor: Actor) -> QuerySet[Thread]:
        return Thread.objects.filter(topic__in=visible_to(actor))

    def places(self, thread_ids: Collection[int]) -> Mapping[int, ThreadPlace]:
        topics = Topic.objects.filter(thread_id__in=thread_ids).only(
            "thread_id", "title", "slug", "public_id"
        )
        return {topic.thread_id: ThreadPlace(topic.title, topic.get_absolute_url()) for topic in topics}

    def readers(self, thread: Thread, user_ids: Collection[int]) -> Collection[int]:
        return readers_of(_topic_of(thread), user_ids)

    def targets(self, thread: Thread) -> list[str]:
        """Return the topic, its tags, its category and those above it."""
        topic = _topic_of(thread)
        tags = sorted(topic.tags.values_list("name", flat=True))
        line = [f"category:{category_id}" for category_id in reversed(topic.category.line)]
        return [thread.target, *(f"tag:{name}" for name in tags), *line]

    def check_reply(self, actor: Actor, thread: Thread) -> None:
        check_reply(actor, _topic_of(thread))

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        return can_moderate(actor, _topic_of(thread))

    def post_changed(self, post: Post) -> None:
        follow_post(post)


def _topic_of(thread: Thread) -> Topic:
    """Return the topic, which a thread that was read with it knows already."""
    topic: Topic = thread.topic
    return topic
