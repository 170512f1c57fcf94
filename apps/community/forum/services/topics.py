"""Starting and editing topics."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.conversations.models import Thread
from apps.core.conversations.services.drafts import discard_draft
from apps.core.conversations.services.posts import hold_post, judge_post, write_post
from apps.core.conversations.services.threads import add_event, create_thread
from apps.core.errors import Forbidden, ValidationFailed
from apps.core.moderation.services.rules import Facts

from ..access import can_moderate, category_to_create_in, editable_topic
from ..audit import Action
from ..errors import BadTitle
from ..models import TITLE_LIMIT_CHARACTERS, Category, Topic, TopicKind
from .counters import settle, share_of
from .polls import PollPlan, add_poll
from .tagging import parse_tags, set_tags
from .threads import THREAD_KIND


@transaction.atomic
def create_topic(
    *,
    actor: Actor,
    category: str,
    title: str,
    source: str,
    kind: TopicKind = TopicKind.DISCUSSION,
    tags: Collection[str] = (),
    poll: PollPlan | None = None,
    is_held: bool = False,
    draft: str = "",
    facts: Facts | None = None,
) -> Topic:
    """Start a topic. Moderation may hold it: then nobody but its author and moderators sees it.

    category  its slug
    poll      of a topic of this kind
    is_held   it waits for a moderator, whatever moderation says
    draft     place of the draft that it was written from, which is deleted
    facts     what moderation can know of the request
    raises    CategoryNotFound, NoTopicsHere, BadTitle, BadTags, BadPoll, EmptyPost, PostTooLong, Forbidden;
              Silenced, Banned, PostingPaused, NewAccountLimit
    """
    place = category_to_create_in(actor, category)
    names = parse_tags(tags)
    topic = start_topic(place, title, kind)
    topic.author_id = topic.last_author_id = actor.user_id
    _check_kind(actor, topic, poll)
    topic.save()
    set_tags(topic, names)
    if poll is not None:
        add_poll(topic, poll)
    # the thread is new, and nobody else can hold its row
    text = "\n".join([topic.title, *names, source, *(poll.options if poll else ())])
    outcome = judge_post(actor, topic.thread, text, facts or Facts(starts_thread=True))
    held = is_held or outcome.is_held
    first = write_post(topic.thread, actor.user_id, source, is_held=held, outcome=outcome)
    topic.refresh_from_db()
    if topic.first_post_id is None:
        topic.first_post = first
        topic.save(update_fields=["first_post"])
    if draft:
        discard_draft(actor=actor, place=draft)
    return topic


def start_topic(category: Category, title: str, kind: TopicKind) -> Topic:
    """Return a topic that is not saved yet, with its thread as the category wants it.

    raises  BadTitle
    """
    title = check_title(title)
    now = timezone.now()
    thread = create_thread(THREAD_KIND)
    _pace(thread, category)
    return Topic(thread=thread, category=category, title=title, kind=kind, created_at=now, bumped_at=now)


def check_title(title: str) -> str:
    """Return a title with single spaces.

    raises  BadTitle
    """
    title = " ".join(title.split())
    if not 2 <= len(title) <= TITLE_LIMIT_CHARACTERS:
        raise BadTitle(fields={"title": _("A title has 2 to 200 characters.")})
    return title


@transaction.atomic
def edit_topic(
    *,
    actor: Actor,
    public_id: int,
    title: str | None = None,
    tags: Collection[str] | None = None,
    kind: TopicKind | None = None,
) -> Topic:
    """Change the title, the tags or the kind; what is None stays. A new title leaves an event.

    Moderation may hold the topic with its new words, as it does with a new text of its first post.

    raises  TopicNotFound, Forbidden, TopicArchived, BadTitle, BadTags, ValidationFailed; Silenced, Banned,
            PostingPaused
    """
    topic = editable_topic(actor, public_id, lock=True)
    before, old_title = share_of(topic), topic.title
    if kind is not None and kind != topic.kind:
        _change_kind(actor, topic, kind)
    if title is not None:
        topic.title = check_title(title)
    topic.save()
    if tags is not None:
        set_tags(topic, parse_tags(tags))
    settle(topic, before)
    if topic.title != old_title:
        add_event(topic.thread, "retitled", author_id=actor.user_id, old=old_title, new=topic.title)
    if topic.author_id != actor.user_id:
        record(actor, Action.TOPIC_EDITED, topic.public_id)
    _judge_words(actor, topic, [title or "", *(tags or ())])
    return topic


def _judge_words(actor: Actor, topic: Topic, words: Collection[str]) -> None:
    """Hold the first post of a locked topic, and so the topic, if moderation wants to see its new words."""
    outcome = judge_post(actor, topic.thread, "\n".join(words), Facts(is_edit=True))
    first = topic.first_post
    if outcome.is_held and first is not None and first.is_visible:
        first.thread = topic.thread
        hold_post(first, outcome)
        topic.refresh_from_db()


def _change_kind(actor: Actor, topic: Topic, kind: TopicKind) -> None:
    if TopicKind.POLL in (kind, topic.kind):
        words = _("A poll stays a poll, and other topics can't become one.")
        raise ValidationFailed(words, fields={"kind": words})
    topic.kind = kind
    _check_kind(actor, topic, None)
    if kind != TopicKind.QUESTION:
        topic.answer = topic.answered_by = topic.solved_at = None


def _check_kind(actor: Actor, topic: Topic, poll: PollPlan | None) -> None:
    if topic.kind == TopicKind.ANNOUNCEMENT and not can_moderate(actor, topic):
        raise Forbidden(_("Only moderators of the category make announcements."))
    if poll is not None and topic.kind != TopicKind.POLL:
        words = _("Only topics of the kind poll have options.")
        raise ValidationFailed(words, fields={"poll": words})
    if poll is None and topic.kind == TopicKind.POLL:
        words = _("Give the poll its options.")
        raise ValidationFailed(words, fields={"poll": words})


def _pace(thread: Thread, category: Category) -> None:
    """Give a new thread the pace of its category."""
    if category.slow_mode_seconds or category.closes_after_days:
        days = category.closes_after_days
        thread.slow_mode_seconds = category.slow_mode_seconds
        thread.closes_at = timezone.now() + timedelta(days=days) if days else None
        thread.save(update_fields=["slow_mode_seconds", "closes_at"])
