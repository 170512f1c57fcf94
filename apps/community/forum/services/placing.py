"""Where a topic stands: its category, above lists, in the archive."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.conversations.services.threads import add_event
from apps.core.errors import Forbidden

from ..access import category_to_create_in, moderated_topic
from ..audit import Action
from ..models import PinnedTo, Topic
from .counters import settle, share_of


@transaction.atomic
def move_topic(*, actor: Actor, public_id: int, category: str) -> Topic:
    """Move a topic to another category in which the actor may start topics.

    raises  TopicNotFound, Forbidden, CategoryNotFound, NoTopicsHere
    """
    topic = moderated_topic(actor, public_id, lock=True)
    place = category_to_create_in(actor, category)
    if place.pk == topic.category_id:
        return topic
    before, old = share_of(topic), topic.category
    topic.category = place
    if topic.pinned_to == PinnedTo.CATEGORY:
        topic.pinned_to, topic.pinned_until = PinnedTo.NOTHING, None
    topic.save(update_fields=["category", "pinned_to", "pinned_until"])
    settle(topic, before)
    if old.is_public or not place.is_public:
        # the name of a private category stays in it
        add_event(topic.thread, "moved", author_id=actor.user_id, old=old.name, new=place.name)
    record(actor, Action.TOPIC_MOVED, topic.public_id, old=old.slug, new=place.slug)
    return topic


@transaction.atomic
def pin_topic(*, actor: Actor, public_id: int, pinned_to: PinnedTo, until: datetime | None = None) -> Topic:
    """Pin a topic above the lists of its category or of the site, or unpin it.

    raises  TopicNotFound, Forbidden: only staff pins on the whole site
    """
    topic = moderated_topic(actor, public_id, lock=True)
    if pinned_to == PinnedTo.SITE and not actor.is_staff:
        raise Forbidden
    topic.pinned_to, topic.pinned_until = pinned_to, until if pinned_to else None
    topic.save(update_fields=["pinned_to", "pinned_until"])
    record(actor, Action.TOPIC_PINNED if pinned_to else Action.TOPIC_UNPINNED, topic.public_id, to=pinned_to)
    return topic


@transaction.atomic
def set_archived(*, actor: Actor, public_id: int, is_archived: bool) -> Topic:
    """Archive a topic, which locks it, or bring it back.

    raises  TopicNotFound, Forbidden
    """
    topic = moderated_topic(actor, public_id, lock=True)
    if topic.is_archived == is_archived:
        return topic
    topic.archived_at = timezone.now() if is_archived else None
    topic.save(update_fields=["archived_at"])
    thread = topic.thread
    thread.is_locked, thread.closes_at = is_archived, None
    thread.save(update_fields=["is_locked", "closes_at"])
    add_event(thread, "archived" if is_archived else "unarchived", author_id=actor.user_id)
    record(actor, Action.TOPIC_ARCHIVED if is_archived else Action.TOPIC_UNARCHIVED, topic.public_id)
    return topic


def unpin_due_topics() -> int:
    """Unpin the topics whose time is over; return how many."""
    due = Topic.objects.exclude(pinned_to=PinnedTo.NOTHING).filter(pinned_until__lte=timezone.now())
    return due.update(pinned_to=PinnedTo.NOTHING, pinned_until=None)
