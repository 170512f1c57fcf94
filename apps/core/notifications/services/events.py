"""Recording an event in the transaction of what happened; the light worker tells people of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.core.queue import enqueue

from ..models import EXCERPT_LIMIT_CHARACTERS, TITLE_LIMIT_CHARACTERS, Event, Reason
from ..providers import kinds

TASK = "light.deliver_event"
DIRECT_LIMIT = 1000


@transaction.atomic
def announce(
    *,
    kind: str,
    source: str,
    title: str,
    path: str,
    actor: int | None,
    excerpt: str = "",
    targets: Sequence[str] = (),
    direct: Mapping[int, Reason] | None = None,
    mail_thread: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """Record an event; the same kind and source twice is one event, and a withdrawn one is told after all.

    actor    id of the person who did it, or None for the site
    targets  whose subscriptions count, the most specific first
    direct   people who are told without watching, at most DIRECT_LIMIT
    """
    if kind not in kinds():
        raise LookupError(f"no app declares the notification kind {kind}")
    people = list((direct or {}).items())[:DIRECT_LIMIT]
    event, is_new = Event.objects.get_or_create(
        kind=kind,
        source=source,
        defaults={
            "title": title[:TITLE_LIMIT_CHARACTERS],
            "path": path,
            "excerpt": excerpt[:EXCERPT_LIMIT_CHARACTERS],
            "actor_id": actor,
            "targets": list(dict.fromkeys(targets)),
            "direct": {str(user_id): str(reason) for user_id, reason in people},
            "mail_thread": mail_thread,
            "facts": dict(facts or {}),
        },
    )
    if is_new:
        enqueue(TASK, event.pk)
    else:
        restore_event(kind, source)
    return event


def update_event(*, kind: str, source: str, excerpt: str, title: str = "") -> None:
    """Correct the text of an event whose source was edited; nobody is told again.

    title  stays if it is empty
    """
    texts = {"excerpt": excerpt[:EXCERPT_LIMIT_CHARACTERS]}
    if title:
        texts["title"] = title[:TITLE_LIMIT_CHARACTERS]
    Event.objects.filter(kind=kind, source=source).update(**texts)


def withdraw(kind: str, source: str) -> None:
    """Tell nobody else of an event, and take it out of inboxes, until it is restored."""
    rows = Event.objects.filter(kind=kind, source=source, withdrawn_at=None)
    rows.update(withdrawn_at=timezone.now())


@transaction.atomic
def restore_event(kind: str, source: str) -> None:
    """Undo a withdrawal: the event is back in inboxes, and those who were not told yet are told."""
    event = Event.objects.select_for_update().filter(kind=kind, source=source).first()
    if event is not None and event.withdrawn_at is not None:
        event.withdrawn_at = None
        event.save(update_fields=["withdrawn_at"])
        enqueue(TASK, event.pk)
