"""Removing everything that a person published, in batches that can be undone and repeated."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.queue import enqueue

from ..access import check_staff, person_for
from ..audit import Action
from ..errors import RemovalNotFound
from ..models import Act, Removal, RemovedContent, ReviewItem, ReviewState
from ..providers import moderated_kinds, name_of, parts_of
from .decisions import add_decision, needs_reason

BATCH = 50
# of one call: the worker's next call goes on
BATCHES_PER_CALL = 200
TASK = "light.continue_removals"


@transaction.atomic
def remove_content_of(*, actor: Actor, user_id: int, reason: str) -> Removal:
    """Remove everything that a person published; what waits for review leaves the queue at once.

    The light worker hides the content in batches.

    raises  Forbidden, PersonNotFound, StaffProtected, ReasonRequired
    """
    reason = needs_reason(reason)
    person_for(actor, user_id, is_for_sanction=True)
    removal = Removal.objects.create(person_id=user_id, moderator_id=actor.user_id, reason=reason)
    contents = (
        RemovedContent(removal=removal, content=name_of(kind.name, key))
        for kind in moderated_kinds().values()
        for key in kind.of_author(user_id)
    )
    RemovedContent.objects.bulk_create(contents, batch_size=1_000)
    _set_aside_reviews(removal)
    record(actor, Action.CONTENT_REMOVED, user_id, removal=str(removal.public_id))
    facts = {"removal": str(removal.public_id)}
    add_decision(actor, Act.REMOVE_ALL, person_id=user_id, statement=reason, facts=facts)
    enqueue(TASK)
    return removal


@transaction.atomic
def undo_removal(*, actor: Actor, public_id: UUID | str, is_undone: bool = True) -> Removal:
    """Undo a removal, or undo the undo: the light worker shows, or hides, what it had removed.

    raises  Forbidden, RemovalNotFound
    """
    check_staff(actor)
    removal = Removal.objects.select_for_update().filter(public_id=public_id).first()
    if removal is None:
        raise RemovalNotFound
    if removal.is_undone == is_undone:
        return removal
    removal.is_undone, removal.is_done, removal.changed_at = is_undone, False, timezone.now()
    removal.save(update_fields=["is_undone", "is_done", "changed_at"])
    if is_undone:
        _bring_reviews_back(removal)
    else:
        _set_aside_reviews(removal)
    action = Action.CONTENT_RESTORED if is_undone else Action.CONTENT_REMOVED
    record(actor, action, removal.person_id, removal=str(removal.public_id))
    act = Act.RESTORE_ALL if is_undone else Act.REMOVE_ALL
    facts = {"removal": str(removal.public_id)}
    add_decision(
        actor, act, person_id=removal.person_id, statement="" if is_undone else removal.reason, facts=facts
    )
    enqueue(TASK)
    return removal


def _set_aside_reviews(removal: Removal) -> None:
    """Take the person's open reviews out of the queue, except one that somebody decides on right now."""
    rows = ReviewItem.objects.filter(author_id=removal.person_id, state=ReviewState.OPEN)
    free = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    rows.filter(pk__in=free).update(state=ReviewState.REMOVED, removal=removal)


def _bring_reviews_back(removal: Removal) -> None:
    rows = removal.reviews.filter(state=ReviewState.REMOVED)
    opened = ReviewItem.objects.filter(state=ReviewState.OPEN).values("content")
    rows.exclude(content__in=opened).update(state=ReviewState.OPEN, removal=None)


def continue_removals() -> int:
    """Go on with the removals and undos that are not done; return how much content changed.

    It may be stopped at any time, and run twice: each batch is a transaction of its own.
    """
    changed = 0
    for _batch in range(BATCHES_PER_CALL):
        count = _next_batch()
        if count is None:
            break
        changed += count
    return changed


@transaction.atomic
def _next_batch() -> int | None:
    """Change a batch of the oldest removal that nobody works on; None if there is none."""
    rows = Removal.objects.select_for_update(skip_locked=True)
    removal = rows.filter(is_done=False).order_by("pk").first()
    if removal is None:
        return None
    wrong = removal.contents.filter(is_hidden=removal.is_undone).order_by(
        "-pk" if removal.is_undone else "pk"
    )
    batch = list(wrong[:BATCH])
    declined = _hidden_by_reviews([one.content for one in batch]) if removal.is_undone else set()
    for one in batch:
        if one.content not in declined:
            _change(one.content, removal)
    removal.contents.filter(pk__in=[one.pk for one in batch]).update(is_hidden=not removal.is_undone)
    if len(batch) < BATCH:
        removal.is_done = True
        removal.save(update_fields=["is_done"])
    return len(batch)


def _hidden_by_reviews(contents: Collection[str]) -> set[str]:
    """Return what a review has hidden meanwhile: an undo does not show it."""
    rows = ReviewItem.objects.filter(content__in=contents, is_hidden=True)
    return set(rows.exclude(state=ReviewState.APPROVED).values_list("content", flat=True))


def _change(content: str, removal: Removal) -> None:
    parts = parts_of(content)
    if parts is None:
        return
    kind, key = parts
    if removal.is_undone:
        kind.restore(key)
    else:
        kind.hide(key, removal.reason)
