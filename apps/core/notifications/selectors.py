"""Reading inboxes, subscriptions and mail choices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from apps.core.actor import Actor

from .errors import NotificationNotFound
from .models import Level, MailChoice, MailMode, Notification, Preferences, Subscription
from .providers import NotificationKind, kinds

# the bell shows "99+"
COUNT_LIMIT = 100
UNREAD_READ_LIMIT = 1000


class Folder(StrEnum):
    """The parts of an inbox."""

    INBOX = "inbox"
    UNREAD = "unread"
    ARCHIVED = "archived"


def notifications_for(actor: Actor) -> QuerySet[Notification]:
    """Return all notifications of the actor whose event was not withdrawn, newest first."""
    if actor.user_id is None:
        return Notification.objects.none()
    rows = Notification.objects.filter(user_id=actor.user_id, event__withdrawn_at=None)
    return rows.select_related("event", "event__actor").order_by("-pk")


def inbox(
    actor: Actor, *, folder: Folder = Folder.INBOX, kind: str = "", reason: str = ""
) -> QuerySet[Notification]:
    """Return a part of the actor's inbox, newest first."""
    rows = notifications_for(actor).filter(archived_at__isnull=folder is not Folder.ARCHIVED)
    if folder is Folder.UNREAD:
        rows = rows.filter(read_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(reason=reason) if reason else rows


def notification_for(actor: Actor, public_id: UUID) -> Notification:
    """Return a notification of the actor.

    raises  NotificationNotFound
    """
    found = notifications_for(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotificationNotFound
    return found


def unread_count(actor: Actor) -> int:
    """Return how many notifications are unread, at most COUNT_LIMIT."""
    unread = inbox(actor, folder=Folder.UNREAD).order_by().select_related(None)
    return unread[:COUNT_LIMIT].count()


def unread_counts(actor: Actor) -> dict[str, int]:
    """Return how many notifications are unread by kind, at most COUNT_LIMIT in all: the newest."""
    unread = inbox(actor, folder=Folder.UNREAD).select_related(None)
    counts: dict[str, int] = {}
    for kind in unread.values_list("kind", flat=True)[:COUNT_LIMIT]:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def unread_sources(actor: Actor, kind: str) -> list[str]:
    """Return what the unread notifications of a kind are about, the newest UNREAD_READ_LIMIT."""
    unread = inbox(actor, folder=Folder.UNREAD, kind=kind).select_related(None)
    return list(unread.values_list("event__source", flat=True)[:UNREAD_READ_LIMIT])


# subscriptions


def subscriptions_of(actor: Actor) -> QuerySet[Subscription]:
    """Return the actor's subscriptions, the latest first."""
    rows = Subscription.objects.filter(user_id=actor.user_id) if actor.user_id else None
    return (Subscription.objects.none() if rows is None else rows).order_by("-updated_at", "-pk")


def level_of(user_id: int, *targets: str) -> Level:
    """Return a person's level for targets, of which the first with a subscription decides."""
    return levels_of([user_id], targets).get(user_id, Level.NORMAL)


def levels_of(user_ids: Collection[int], targets: Collection[str]) -> dict[int, Level]:
    """Return the levels of people for targets (the most specific first); without a subscription absent."""
    order = {target: place for place, target in reversed(list(enumerate(targets)))}
    rows = Subscription.objects.filter(user_id__in=user_ids, target__in=order)
    found: dict[int, tuple[int, Level]] = {}
    for user_id, target, level in rows.values_list("user_id", "target", "level"):
        place = order[target]
        if user_id not in found or place < found[user_id][0]:
            found[user_id] = (place, Level(level))
    return {user_id: level for user_id, (_place, level) in found.items()}


def chosen_levels(actor: Actor, targets: Collection[str]) -> dict[str, Level]:
    """Return the levels that the actor chose, by target."""
    rows = subscriptions_of(actor).filter(target__in=targets).values_list("target", "level")
    return {target: Level(level) for target, level in rows}


def targets_at(actor: Actor, *levels: Level) -> QuerySet[Subscription]:
    """Return the actor's subscriptions at some levels, such as the muted ones that lists leave out."""
    return subscriptions_of(actor).filter(level__in=levels)


def watchers_of(targets: Collection[str]) -> QuerySet[Subscription]:
    """Return the subscriptions of those who watch targets, with the people, for exports."""
    rows = Subscription.objects.filter(target__in=targets, level=Level.WATCH)
    return rows.select_related("user").order_by("user_id")


# mail


def preferences_of(user_id: int) -> Preferences:
    """Return a person's preferences; the defaults, not stored, if they never chose."""
    return Preferences.objects.filter(pk=user_id).first() or Preferences(user_id=user_id)


def mail_modes(kind: NotificationKind, user_ids: Collection[int]) -> Mapping[int, MailMode]:
    """Return how people want a kind by mail."""
    chosen = MailChoice.objects.filter(kind=kind.name, user_id__in=user_ids)
    modes = {user_id: MailMode(mode) for user_id, mode in chosen.values_list("user_id", "mode")}
    return {user_id: modes.get(user_id, kind.default_mail) for user_id in user_ids}


def mail_choices_of(actor: Actor) -> dict[str, MailMode]:
    """Return how the actor wants each kind by mail."""
    chosen = dict(MailChoice.objects.filter(user_id=actor.user_id or 0).values_list("kind", "mode"))
    return {name: MailMode(chosen.get(name, kind.default_mail)) for name, kind in kinds().items()}
