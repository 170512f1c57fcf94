"""Telling people of an event in batches; each batch is one transaction that moves the event's cursor.

A worker that dies in a batch leaves nothing of it, and the next one goes on behind the last complete batch.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from heapq import nsmallest

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.declaration import declared
from apps.core.queue import enqueue

from ..models import Event, Level, MailMode, Notification, Reason, ReceivedReply, Subscription
from ..providers import NotificationKind, kinds
from ..selectors import levels_of, mail_modes

BATCH = 500
MAIL_TASK = "light.send_due_mail"
# an event that waits longer has lost its task
RESUMED_AFTER, RESUMED_LIMIT = timedelta(minutes=1), 100
KEPT, DELETED_BATCH = timedelta(days=400), 1000


def deliver_event(event_id: int) -> int:
    """Tell everybody whom an event concerns; return how many were told now."""
    notified = 0
    while (in_batch := _deliver_batch(event_id)) is not None:
        notified += in_batch
    return notified


def resume_events() -> int:
    """Deliver events whose task was lost or died; return to how many people."""
    rows = unfinished_events().filter(created_at__lt=timezone.now() - RESUMED_AFTER)
    ids = list(rows.order_by("created_at").values_list("pk", flat=True)[:RESUMED_LIMIT])
    return sum(deliver_event(event_id) for event_id in ids)


def sweep_events() -> int:
    """Delete old events with their notifications; return how many."""
    old = Event.objects.filter(finished_at__lt=timezone.now() - KEPT).order_by("finished_at")
    ids = list(old.values_list("pk", flat=True)[:DELETED_BATCH])
    ReceivedReply.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return Event.objects.filter(pk__in=ids).delete()[0]


def unfinished_events() -> QuerySet[Event]:
    return Event.objects.filter(finished_at=None, withdrawn_at=None)


@transaction.atomic
def _deliver_batch(event_id: int) -> int | None:
    """Tell the next people; None if the event is finished, withdrawn, or in other hands."""
    rows = unfinished_events().select_for_update(skip_locked=True)
    event = rows.filter(pk=event_id).first()
    if event is None:
        return None
    candidates = _candidates(event)
    notified = _tell(event, candidates)
    if candidates:
        event.cursor = candidates[-1]
    if len(candidates) < BATCH:
        event.finished_at = timezone.now()
        if event.notifications.filter(mail=MailMode.EACH).exists():
            enqueue(MAIL_TASK)
    event.save(update_fields=["cursor", "finished_at"])
    return notified


def _candidates(event: Event) -> list[int]:
    """Return the next people, by id, who watch one of the targets or are named by the event."""
    named = (user_id for user_id in map(int, event.direct) if user_id > event.cursor)
    watching: Collection[int] = ()
    if event.targets:
        # each target on its own is read in the order of its index, however many people watch it
        first, *others = [_watchers(target, event.cursor) for target in event.targets]
        watching = first.union(*others).order_by("user_id")[:BATCH] if others else first
    return nsmallest(BATCH, {*watching, *named})


def _watchers(target: str, cursor: int) -> QuerySet[Subscription, int]:
    rows = Subscription.objects.filter(target=target, level=Level.WATCH, user_id__gt=cursor)
    return rows.order_by("user_id").values_list("user_id", flat=True)[:BATCH]


def _tell(event: Event, user_ids: Collection[int]) -> int:
    kind = kinds().get(event.kind)
    if kind is None or not user_ids:
        return 0  # the app is gone
    reasons = _listeners(event, kind, user_ids)
    modes = mail_modes(kind, reasons)
    rows = [
        Notification(user_id=user_id, event=event, kind=event.kind, reason=reason, mail=modes[user_id])
        for user_id, reason in reasons.items()
    ]
    return len(Notification.objects.bulk_create(rows, ignore_conflicts=True))


def _listeners(event: Event, kind: NotificationKind, user_ids: Collection[int]) -> dict[int, Reason]:
    """Return those who are told, with the reason; not the actor, nor who muted, blocked or cannot read."""
    levels = levels_of(user_ids, event.targets)
    reasons: dict[int, Reason] = {}
    for user_id in user_ids:
        level = levels.get(user_id, Level.NORMAL)
        direct = event.direct.get(str(user_id))
        if user_id != event.actor_id and level != Level.MUTE and (direct or level == Level.WATCH):
            reasons[user_id] = Reason(direct or Reason.WATCHING)
    heard = _active(reasons) - _blocking(event, reasons)
    readers = set(kind.readers(event, heard)) if heard else set()
    return {user_id: reason for user_id, reason in reasons.items() if user_id in heard & readers}


def _active(user_ids: Collection[int]) -> set[int]:
    rows = get_user_model().objects.filter(pk__in=user_ids, is_active=True)
    return set(rows.values_list("pk", flat=True))


def _blocking(event: Event, user_ids: Collection[int]) -> set[int]:
    if event.actor_id is None:
        return set()
    return {pk for blocks in declared().block_lists for pk in blocks(event.actor_id, user_ids)}
