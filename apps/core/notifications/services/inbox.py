"""Keeping one's inbox: read, unread, archived."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from apps.core.actor import Actor
from apps.core.errors import Unauthenticated

from ..models import Notification
from ..providers import kinds, readable_events
from ..selectors import Folder, inbox, notification_for

MARKED_LIMIT = 500
INBOX = "/notifications"


def mark(
    *,
    actor: Actor,
    public_ids: Collection[UUID],
    is_read: bool | None = None,
    is_archived: bool | None = None,
) -> int:
    """Mark notifications of the actor; what they archive counts as read. Return how many were found.

    raises  Unauthenticated
    """
    if actor.user_id is None:
        raise Unauthenticated
    ids = list(public_ids)[:MARKED_LIMIT]
    rows = Notification.objects.filter(user_id=actor.user_id, public_id__in=ids)
    now = timezone.now()
    if is_read is False:
        rows.update(read_at=None)
    elif is_read or is_archived:
        rows.filter(read_at=None).update(read_at=now)
    if is_archived is not None:
        rows.filter(archived_at__isnull=is_archived).update(archived_at=now if is_archived else None)
    return rows.count()


def mark_all_read(*, actor: Actor, kind: str = "") -> int:
    """Mark the unread notifications of the actor as read, of one kind if it is named; return how many.

    raises  Unauthenticated
    """
    if actor.user_id is None:
        raise Unauthenticated
    unread = inbox(actor, folder=Folder.UNREAD, kind=kind).order_by().values("pk")
    return Notification.objects.filter(pk__in=unread).update(read_at=timezone.now())


def mark_source_read(*, actor: Actor, kind: str, sources: Collection[str]) -> None:
    """Mark what the actor read on its page, such as posts that they scrolled past."""
    if actor.user_id is not None and sources:
        rows = Notification.objects.filter(user_id=actor.user_id, read_at=None, kind=kind)
        rows.filter(event__source__in=sources).update(read_at=timezone.now())


def open_notification(*, actor: Actor, public_id: UUID) -> str:
    """Mark a notification as read and return the path of its page; the inbox, if that is no longer readable.

    raises  NotificationNotFound
    """
    row = notification_for(actor, public_id)
    mark(actor=actor, public_ids=[public_id], is_read=True)
    return kinds()[row.kind].path(row.event) if readable_events(actor, [row.event]) else INBOX
