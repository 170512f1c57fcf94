"""Who may read, reply to, start and moderate topics: the rights of the category and of all above it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from apps.core.actor import Actor, Need
from apps.core.conversations.models import Thread
from apps.core.errors import Forbidden, NotFound, Unauthenticated
from apps.users.accounts.access import token_refusal
from apps.users.accounts.models import Membership, User

from .errors import (
    CategoryHidden,
    CategoryNotFound,
    NoRepliesHere,
    NoTopicsHere,
    TopicArchived,
    TopicHidden,
    TopicNotFound,
)
from .models import Audience, Category, Topic, TopicTag

# words of the target that a token must be allowed to write to
FORUM_TARGET = "forum"


# columns of people that pages and programs do not show of the author of a topic or an answer
UNSHOWN = [
    f"{person}__{field.name}"
    for person in ("author", "answer__author")
    for field in User._meta.concrete_fields
    if field.name not in ("id", "username", "namespace")
]


class CategoryRights(NamedTuple):
    """The columns that decide, of one category."""

    pk: int
    line: list[int]
    organization_id: int | None
    read_audience: str
    read_role: int
    reply_audience: str
    reply_role: int
    create_audience: str
    create_role: int


@dataclass(frozen=True, slots=True)
class Rights:
    """Ids of the categories in which an actor may do something.

    Who may reply, start topics or moderate may read, too.
    """

    read: frozenset[int] = field(default_factory=frozenset)
    reply: frozenset[int] = field(default_factory=frozenset)
    create: frozenset[int] = field(default_factory=frozenset)
    moderate: frozenset[int] = field(default_factory=frozenset)


def rights_of(actor: Actor) -> Rights:
    """Return what an actor may do where, in one query: there are at most `CATEGORIES_LIMIT` categories."""
    rows = Category.objects.values_list(*CategoryRights._fields).order_by()
    return rights_among(actor, [CategoryRights(*row) for row in rows])


def rights_among(actor: Actor, rows: Iterable[CategoryRights | Category]) -> Rights:
    """Return what an actor may do, of all categories."""
    rows = list(rows)
    open_ids = {row.pk for row in rows if _is_admitted(actor, row, row.read_audience, row.read_role)}
    read = {row.pk: row for row in rows if open_ids.issuperset(row.line)}
    return Rights(
        frozenset(read),
        frozenset(
            row.pk for row in read.values() if _may_write(actor, row, row.reply_audience, row.reply_role)
        ),
        frozenset(
            row.pk for row in read.values() if _may_write(actor, row, row.create_audience, row.create_role)
        ),
        frozenset(row.pk for row in read.values() if _moderates(actor, row.organization_id)),
    )


def can_write(actor: Actor) -> bool:
    """Return whether the credential of a signed-in actor may write in the forum at all."""
    return actor.is_signed_in and actor.scope.allows(Need.WRITE, FORUM_TARGET)


def check_writer(actor: Actor) -> int:
    """Return the id of the person who writes.

    raises  Unauthenticated, TokenScope for a credential that may not write
    """
    if not actor.is_signed_in or actor.user_id is None:
        raise Unauthenticated
    if not can_write(actor):
        raise token_refusal(actor, Need.WRITE, FORUM_TARGET)
    return actor.user_id


def check_manager(actor: Actor) -> None:
    """Refuse all but staff with a credential that may write.

    raises  Unauthenticated, NotFound, TokenScope
    """
    if not actor.is_staff:
        raise NotFound if actor.is_signed_in else Unauthenticated
    check_writer(actor)


def _is_admitted(actor: Actor, row: CategoryRights | Category, audience: str, role: int) -> bool:
    if audience == Audience.EVERYONE or actor.is_staff:
        return True
    # a fine-grained token reads what its grants name and what is public, and nothing else
    if not actor.is_signed_in or actor.scope.limit is None or actor.is_application:
        return False
    if audience == Audience.SIGNED_IN:
        return True
    is_of_members = audience == Audience.ORGANIZATION and row.organization_id is not None
    return is_of_members and actor.roles.get(row.organization_id or 0, -1) >= role


def _may_write(actor: Actor, row: CategoryRights | Category, audience: str, role: int) -> bool:
    return can_write(actor) and (
        audience == Audience.EVERYONE
        or _is_admitted(actor, row, audience, role)
        or _moderates(actor, row.organization_id)
    )


def _moderates(actor: Actor, organization_id: int | None) -> bool:
    is_admin = organization_id is not None and actor.roles.get(organization_id, -1) >= Need.ADMIN
    return can_write(actor) and (actor.is_staff or is_admin)


# categories


def visible_categories(actor: Actor) -> QuerySet[Category]:
    return Category.objects.filter(pk__in=rights_of(actor).read)


def category_for(actor: Actor, slug: str, *, lock: bool = False) -> Category:
    """Return a category that the actor may read.

    raises  CategoryNotFound if it is absent or hidden (CategoryHidden for anonymous users)
    """
    rows = Category.objects.select_related("organization", "parent")
    category = (rows.select_for_update(of=("self",)) if lock else rows).filter(slug=slug).first()
    if category is None or not _reads_category(actor, category):
        raise CategoryNotFound if actor.is_signed_in else CategoryHidden
    return category


def _reads_category(actor: Actor, category: Category) -> bool:
    # a category at the top says everything about itself
    line = [category] if category.depth == 1 else Category.objects.filter(pk__in=category.line)
    return category.pk in rights_among(actor, line).read


def category_to_create_in(actor: Actor, slug: str) -> Category:
    """Return a category in which the actor may start topics.

    raises  CategoryNotFound, NoTopicsHere, Unauthenticated, TokenScope
    """
    category = category_for(actor, slug)
    check_writer(actor)
    if category.pk not in rights_of(actor).create:
        raise NoTopicsHere
    return category


# topics


def visible_to(actor: Actor) -> QuerySet[Topic]:
    """Return the topics that the actor may read: listed ones, their own, all where they moderate."""
    return topics_within(actor, rights_of(actor))


def topics_within(actor: Actor, rights: Rights) -> QuerySet[Topic]:
    shown = Q(is_listed=True)
    if actor.user_id is not None:
        shown |= Q(author_id=actor.user_id)
    if rights.moderate:
        shown |= Q(category_id__in=rights.moderate)
    return Topic.objects.filter(shown, category_id__in=rights.read)


def topic_for(actor: Actor, public_id: int, *, lock: bool = False) -> Topic:
    """Return a topic that the actor may read, a merged one too: its address leads on.

    lock    hold the rows of its thread and of itself until the transaction ends, in this order
    raises  TopicNotFound if it is absent or hidden (TopicHidden for anonymous users)
    """
    rows = Topic.objects.select_related(
        "thread", "category", "author", "first_post", "answer__author", "merged_into"
    )
    tags = TopicTag.objects.filter(topic=OuterRef("pk")).values("tag__name")
    rows = rows.defer(*UNSHOWN).annotate(read_tags=ArraySubquery(tags))
    topic: Topic | None = rows.filter(public_id=public_id).first()
    if topic is None or not _can_read(actor, topic):
        raise TopicNotFound if actor.is_signed_in else TopicHidden
    if lock:
        thread = Thread.objects.select_for_update().get(pk=topic.thread_id)
        topic = Topic.objects.select_for_update(of=("self",)).select_related("category").get(pk=topic.pk)
        topic.thread = thread
    return topic


def _can_read(actor: Actor, topic: Topic) -> bool:
    if not _reads_category(actor, topic.category):
        return False
    is_own = actor.user_id is not None and topic.author_id == actor.user_id
    # what a merged topic says is where its posts went, and that topic is checked for itself
    return topic.is_listed or topic.merged_into_id is not None or is_own or can_moderate(actor, topic)


def replyable_topic(actor: Actor, public_id: int, *, lock: bool = False) -> Topic:
    """Return a topic in which the actor may reply.

    raises  TopicNotFound, NoRepliesHere, TopicArchived, Unauthenticated, TokenScope
    """
    topic = topic_for(actor, public_id, lock=lock)
    check_reply(actor, topic)
    return topic


def moderated_topic(actor: Actor, public_id: int, *, lock: bool = False) -> Topic:
    """Return a topic that the actor moderates.

    raises  TopicNotFound, Forbidden, Unauthenticated, TokenScope
    """
    topic = topic_for(actor, public_id, lock=lock)
    check_writer(actor)
    if not can_moderate(actor, topic):
        raise Forbidden
    return topic


def editable_topic(actor: Actor, public_id: int, *, lock: bool = False) -> Topic:
    """Return a topic whose title, tags and answer the actor may change: their own, or a moderated one.

    raises  TopicNotFound, Forbidden, TopicArchived, Unauthenticated, TokenScope
    """
    topic = topic_for(actor, public_id, lock=lock)
    check_writer(actor)
    if can_moderate(actor, topic):
        return topic
    if topic.author_id != actor.user_id or topic.thread.is_locked or topic.merged_into_id:
        raise Forbidden
    if topic.is_archived:
        raise TopicArchived
    return topic


def can_moderate(actor: Actor, topic: Topic) -> bool:
    return _moderates(actor, topic.category.organization_id)


def can_reply(actor: Actor, topic: Topic) -> bool:
    """Return whether the actor may reply in a topic that they have opened."""
    category, is_moderator = topic.category, can_moderate(actor, topic)
    is_open = (topic.is_listed and not topic.thread.is_locked) or is_moderator
    is_over = topic.is_archived or topic.merged_into_id is not None
    return (
        is_open and not is_over and _may_write(actor, category, category.reply_audience, category.reply_role)
    )


def can_edit(actor: Actor, topic: Topic) -> bool:
    """Return whether the actor may change the title, the tags and the answer."""
    is_own = actor.user_id is not None and topic.author_id == actor.user_id and can_write(actor)
    return can_moderate(actor, topic) or (is_own and not topic.thread.is_locked and not topic.is_archived)


def check_reply(actor: Actor, topic: Topic) -> None:
    """Refuse a reply that the actor may not write; they may read the topic.

    raises  Unauthenticated, TokenScope, TopicArchived, NoRepliesHere
    """
    check_writer(actor)
    if topic.is_archived or topic.merged_into_id is not None:
        raise TopicArchived
    category, is_open = topic.category, topic.is_listed or can_moderate(actor, topic)
    if not is_open or not _may_write(actor, category, category.reply_audience, category.reply_role):
        raise NoRepliesHere


# people


def readers_of(topic: Topic, user_ids: Collection[int]) -> set[int]:
    """Return those people who may read a topic."""
    people = User.objects.filter(pk__in=user_ids, is_active=True)
    admitted = people if topic.is_listed else people.filter(pk=topic.author_id or 0)
    for category in Category.objects.filter(pk__in=topic.category.line):
        admitted = admitted.filter(_admits(category))
    staff = people.filter(is_staff=True).values_list("pk", flat=True)
    return {*staff, *admitted.values_list("pk", flat=True)}


def _admits(category: Category) -> Q:
    if category.read_audience in (Audience.EVERYONE, Audience.SIGNED_IN):
        return Q()
    if category.read_audience == Audience.ORGANIZATION and category.organization_id is not None:
        members = Membership.objects.filter(
            namespace_id=category.organization_id, role__gte=category.read_role
        )
        return Q(pk__in=members.values("user_id"))
    return Q(is_staff=True)
