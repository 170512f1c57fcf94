"""Starting, locking and closing threads; events that stand between the posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import check_moderator, thread_for
from ..audit import Action
from ..live import signal_after_commit
from ..models import Post, PostKind, Thread

BATCH = 500


def create_thread(kind: str) -> Thread:
    """Return a new thread; the app of this kind refers to it."""
    return Thread.objects.create(kind=kind)


@transaction.atomic
def set_locked(*, actor: Actor, thread_id: int | str, is_locked: bool) -> Thread:
    """Lock or unlock a thread; an event in it says so, and the time at which it would lock is forgotten.

    raises  ThreadNotFound, Forbidden
    """
    thread = thread_for(actor, thread_id, lock=True)
    check_moderator(actor, thread)
    if thread.is_locked == is_locked:
        return thread
    thread.is_locked, thread.closes_at = is_locked, None
    thread.save(update_fields=["is_locked", "closes_at"])
    add_event(thread, "locked" if is_locked else "unlocked", author_id=actor.user_id)
    record(actor, Action.THREAD_LOCKED if is_locked else Action.THREAD_UNLOCKED, thread)
    return thread


@transaction.atomic
def set_pace(
    *,
    actor: Actor,
    thread_id: int | str,
    slow_mode_seconds: int | None = None,
    closes_at: datetime | None = None,
) -> Thread:
    """Set how often a person may post, and when the thread locks by itself; None turns each off.

    raises  ThreadNotFound, Forbidden
    """
    thread = thread_for(actor, thread_id, lock=True)
    check_moderator(actor, thread)
    thread.slow_mode_seconds, thread.closes_at = slow_mode_seconds or 0, closes_at
    thread.save(update_fields=["slow_mode_seconds", "closes_at"])
    return thread


def lock_due_threads() -> int:
    """Lock the threads whose time has come; return how many."""
    due = Thread.objects.filter(is_locked=False, closes_at__lte=timezone.now()).order_by("closes_at")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    return sum(_lock_due(thread_id) for thread_id in ids)


@transaction.atomic
def _lock_due(thread_id: int) -> bool:
    rows = Thread.objects.select_for_update(skip_locked=True)
    thread = rows.filter(pk=thread_id, is_locked=False, closes_at__lte=timezone.now()).first()
    if thread is None:
        return False
    thread.is_locked, thread.closes_at = True, None
    thread.save(update_fields=["is_locked", "closes_at"])
    add_event(thread, "locked", author_id=None)
    return True


def add_event(thread: Thread, name: str, *, author_id: int | None, **facts: Any) -> Post:
    """Append an event to a locked thread row; it takes a number, but is not counted as a post."""
    thread.last_number += 1
    thread.save(update_fields=["last_number"])
    signal_after_commit(thread.pk)
    return Post.objects.create(
        thread=thread,
        number=thread.last_number,
        kind=PostKind.EVENT,
        author_id=author_id,
        facts={"event": name, **facts},
        published_at=timezone.now(),
    )
