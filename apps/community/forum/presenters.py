"""What pages show of the forum, as frozen values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.actor import Actor
from apps.core.conversations.providers import ThreadPlace
from apps.core.text.formatting import duration

from .models import Category, PinnedTo, Poll, Topic, TopicKind
from .selectors import CategoryNode, homes_of, own_choices, read_marks, shows_results, tag_names
from .services.pacing import CLOSING_DAYS, KEEP

ICONS = {
    TopicKind.DISCUSSION: "quote",
    TopicKind.QUESTION: "help",
    TopicKind.ANNOUNCEMENT: "bell",
    TopicKind.POLL: "chart",
}


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person; without a path, the account was deleted."""

    name: str
    path: str = ""
    avatar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """A topic in a list.

    unread   posts that the reader has not read of a topic that they opened
    is_new   they never opened it
    """

    id: int
    title: str
    path: str
    kind: str
    icon: str
    category: str
    category_path: str
    color: int
    tags: tuple[str, ...]
    author: PersonView
    last_author: PersonView
    reply_count: int
    created_at: datetime
    bumped_at: datetime
    unread: int
    is_new: bool
    is_solved: bool
    is_locked: bool
    is_archived: bool
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class _Around:
    """What the rows of topics show besides the topics, read for all of them at once."""

    categories: Mapping[int, Category]
    people: Mapping[int, PersonView]
    tags: Mapping[int, Sequence[str]]
    marks: Mapping[int, int]


def topic_rows(
    actor: Actor,
    topics: Sequence[Topic],
    *,
    pinned: Collection[int] = (),
    categories: Iterable[Category] | None = None,
) -> list[TopicRow]:
    """Return the rows of topics that `for_rows` or `with_parts` has read.

    pinned      ids of those that stand above the list
    categories  those of the topics, if they were read already
    """
    if categories is None:
        categories = Category.objects.filter(pk__in={topic.category_id for topic in topics})
    user_ids = {one for topic in topics for one in (topic.author_id, topic.last_author_id) if one is not None}
    around = _Around(
        {category.pk: category for category in categories},
        {
            user_id: PersonView(home.name, home.get_absolute_url(), home.avatar_url)
            for user_id, home in homes_of(user_ids).items()
        },
        tag_names(topics),
        read_marks(actor, topics),
    )
    return [_topic_row(actor, topic, around, topic.pk in pinned) for topic in topics]


def _topic_row(actor: Actor, topic: Topic, around: _Around, is_pinned: bool) -> TopicRow:
    read, category = around.marks.get(topic.pk, 0), around.categories[topic.category_id]
    deleted = person_view(None)
    return TopicRow(
        id=topic.public_id,
        title=topic.title,
        path=topic.get_absolute_url(),
        kind=topic.kind,
        icon=ICONS[TopicKind(topic.kind)],
        category=category.name,
        category_path=category.get_absolute_url(),
        color=category.color,
        tags=tuple(around.tags.get(topic.pk, ())),
        author=around.people.get(topic.author_id or 0, deleted),
        last_author=around.people.get(topic.last_author_id or 0, deleted),
        reply_count=topic.reply_count,
        created_at=topic.created_at,
        bumped_at=topic.bumped_at,
        unread=max(0, topic.thread.last_number - read) if read else 0,
        is_new=actor.is_signed_in and not read,
        is_solved=topic.is_solved,
        is_locked=topic.thread.is_locked,
        is_archived=topic.is_archived,
        is_pinned=is_pinned,
    )


def place_of(topic: Topic) -> ThreadPlace:
    """Return where the conversation of a topic is read."""
    return ThreadPlace(topic.title, topic.get_absolute_url())


def person_view(person: Any) -> PersonView:
    if person is None:
        return PersonView(_("deleted account"))
    return PersonView(person.username, person.get_absolute_url(), person.namespace.avatar_url)


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option of a poll; votes and share are None while the reader does not see the numbers."""

    position: int
    text: str
    is_chosen: bool
    votes: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class PollView:
    options: Sequence[OptionView]
    voter_count: int
    max_choices: int
    closes_at: datetime | None
    is_closed: bool
    is_secret: bool
    has_voted: bool
    shows_results: bool


def poll_view(actor: Actor, poll: Poll) -> PollView:
    """Return a poll with its options as the reader may see it."""
    chosen = own_choices(actor, poll)
    is_shown = shows_results(poll, chosen)
    options = [
        OptionView(
            option.position,
            option.text,
            option.position in chosen,
            option.vote_count if is_shown else None,
            option.vote_count / max(1, poll.voter_count) if is_shown else None,
        )
        for option in poll.options.all()
    ]
    return PollView(
        options,
        poll.voter_count,
        poll.max_choices,
        poll.closes_at,
        poll.is_closed,
        poll.is_secret,
        bool(chosen),
        is_shown,
    )


SLOW_MODES = (0, 10, 30, 60, 300, 900, 3600, 24 * 3600)
PIN_DAYS = (1, 7, 30, 90)


@dataclass(frozen=True, slots=True)
class ModerationView:
    """What a moderator chooses from; each a list of values and words."""

    categories: Sequence[tuple[str, str]]
    pins: Sequence[tuple[str, Any]]
    pin_days: Sequence[tuple[str, str]]
    slow_modes: Sequence[tuple[str, str]]
    closings: Sequence[tuple[str, str]]


def moderation_view(actor: Actor, topic: Topic, nodes: Sequence[CategoryNode]) -> ModerationView:
    thread = topic.thread
    seconds = sorted({*SLOW_MODES, thread.slow_mode_seconds})
    keeps = [(KEEP, _("At the time that was set"))] if thread.closes_at else []
    return ModerationView(
        category_choices(nodes),
        [(value, label) for value, label in PinnedTo.choices if value != PinnedTo.SITE or actor.is_staff],
        [("", _("Until it is unpinned")), *((str(days), days_in_words(days)) for days in PIN_DAYS)],
        [(str(one), duration(one) if one else _("Off")) for one in seconds],
        [*keeps, ("", _("Never")), *((str(days), days_in_words(days)) for days in CLOSING_DAYS)],
    )


def days_in_words(days: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def category_choices(nodes: Sequence[CategoryNode], depth: int = 0) -> list[tuple[str, str]]:
    """Return the slugs and names of the categories in which one may start topics, indented."""
    found = []
    for node in nodes:
        if node.can_create:
            found.append((node.category.slug, "\N{EM SPACE}" * depth + node.category.name))
        found += category_choices(node.children, depth + 1)
    return found
