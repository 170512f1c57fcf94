"""The review queue: opening, claiming, deciding, undoing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.errors import Refusal

from ..access import review_for
from ..audit import Action
from ..errors import ReviewClaimed, ReviewDecided, UndoExpired
from ..models import (
    Act,
    Cause,
    Decision,
    Report,
    ReportState,
    ReviewItem,
    ReviewState,
    Sanction,
    SanctionKind,
    Trust,
    TrustLevel,
)
from ..providers import ModeratedKind, name_of, parts_of
from .decisions import add_decision, needs_reason
from .judge import PUBLISHED, Outcome
from .sanctions import end_sanction, impose
from .trust import set_level, trust_row

CLAIM = timedelta(minutes=10)
BULK_LIMIT = 100
APPROVALS = (Act.APPROVE, Act.APPROVE_AND_TRUST)
DECLINES = (Act.DECLINE, Act.DECLINE_AND_BLOCK)


def open_review(
    *,
    kind: str,
    key: str,
    author_id: int | None,
    cause: Cause = Cause.HELD,
    outcome: Outcome = PUBLISHED,
    note: str = "",
) -> ReviewItem:
    """Put content into the queue; return the open review of it if there is one."""
    content = name_of(kind, key)
    facts = {
        "kind": kind,
        "author_id": author_id,
        "cause": cause,
        "score": outcome.score,
        "checks": [check.as_json() for check in outcome.checks],
        "note": note,
    }
    return ReviewItem.objects.get_or_create(content=content, state=ReviewState.OPEN, defaults=facts)[0]


@transaction.atomic
def claim(*, actor: Actor, public_id: UUID | str, is_released: bool = False) -> ReviewItem:
    """Reserve a review for some minutes, so that two moderators do not decide the same; or release it.

    raises  ReviewNotFound, ReviewDecided, ReviewClaimed
    """
    item = _open_item(actor, public_id)
    item.claimed_by_id = None if is_released else actor.user_id
    item.claimed_till = None if is_released else timezone.now() + CLAIM
    item.save(update_fields=["claimed_by", "claimed_till"])
    return item


@transaction.atomic
def decide(*, actor: Actor, public_id: UUID | str, act: Act, statement: str = "") -> Decision:
    """Approve or decline what is in a review.

    statement  reasons, which the author reads; needed for a decline
    raises     ReviewNotFound, ReviewDecided, ReviewClaimed, ReasonRequired, StaffProtected
    """
    item = _open_item(actor, public_id)
    statement = needs_reason(statement) if act in DECLINES else statement.strip()
    facts: dict[str, Any] = {"was_hidden": item.is_hidden}
    if act in APPROVALS:
        _approve(item, facts, is_trusting=act == Act.APPROVE_AND_TRUST, actor=actor)
    else:
        _decline(item, statement)
        if act == Act.DECLINE_AND_BLOCK and item.author_id is not None:
            facts["sanction"] = impose(actor, item.author_id, SanctionKind.SUSPEND, statement).pk
    item.state = ReviewState.APPROVED if act in APPROVALS else ReviewState.DECLINED
    item.decided_at, item.claimed_by_id, item.claimed_till = timezone.now(), None, None
    item.save()
    record(actor, Action.REVIEW_DECIDED, item.content, act=act)
    return add_decision(actor, act, review=item, statement=statement, facts=facts)


def decide_many(
    *, actor: Actor, public_ids: Sequence[UUID | str], act: Act, statement: str = ""
) -> dict[str, Decision | Refusal]:
    """Decide the same on several reviews, each in a transaction of its own; return what became of each."""
    found: dict[str, Decision | Refusal] = {}
    for public_id in list(dict.fromkeys(public_ids))[:BULK_LIMIT]:
        try:
            found[str(public_id)] = decide(actor=actor, public_id=public_id, act=act, statement=statement)
        except Refusal as refusal:
            found[str(public_id)] = refusal
    return found


@transaction.atomic
def undo(*, actor: Actor, public_id: UUID | str) -> ReviewItem:
    """Undo the latest decision on a review within some minutes: it is open again, and reaches nobody.

    raises  ReviewNotFound, UndoExpired
    """
    item = review_for(actor, public_id, lock=True)
    decision = item.decisions.order_by("-pk").first()
    if decision is None or decision.act not in (*APPROVALS, *DECLINES) or not can_undo(decision):
        raise UndoExpired
    if ReviewItem.objects.filter(content=item.content, state=ReviewState.OPEN).exists():
        raise UndoExpired
    was_approved = item.state == ReviewState.APPROVED
    kind, key = _parts(item)
    is_public = item.cause == Cause.REPORTED and not decision.facts["was_hidden"]
    if is_public and not was_approved:
        kind.restore(key)
    elif was_approved and not is_public:
        kind.hide(key, "")
    item.is_hidden, item.state, item.decided_at = not is_public, ReviewState.OPEN, None
    item.save()
    _count_reports(item, ReportState.UPHELD if not was_approved else ReportState.REJECTED, -1)
    _undo_side_effects(actor, item, decision)
    record(actor, Action.REVIEW_UNDONE, item.content, act=decision.act)
    add_decision(actor, Act.UNDO, review=item, undoes=decision)
    return item


def can_undo(decision: Decision) -> bool:
    age = (timezone.now() - decision.created_at).total_seconds()
    return bool(age <= settings.REVIEW_UNDO_SECONDS)


def _undo_side_effects(actor: Actor, item: ReviewItem, decision: Decision) -> None:
    facts = decision.facts
    if sanction := Sanction.objects.filter(pk=facts.get("sanction"), lifted_at=None).first():
        end_sanction(actor, sanction)
    if item.author_id is None:
        return
    if facts.get("is_counted"):
        Trust.objects.filter(user_id=item.author_id, approved__gt=0).update(approved=F("approved") - 1)
    if "level" in facts:
        set_level(actor, item.author_id, TrustLevel(facts["level"]))


def settle(*, actor: Actor, kind: str, key: str, act: Act, statement: str = "") -> None:
    """Close the open review of content that a moderator of its place decided on there.

    The content itself has been changed by the caller, in this transaction, which holds the lock of the place.
    Decisions in the queue take the locks in the other order, so a review that somebody decides on at the
    moment is left to them.
    """
    rows = ReviewItem.objects.select_for_update(skip_locked=True)
    item = rows.filter(content=name_of(kind, key), state=ReviewState.OPEN).first()
    if item is None:
        return
    facts: dict[str, Any] = {"was_hidden": item.is_hidden}
    if act in APPROVALS:
        _count_approval(item, facts)
    item.is_hidden = act in DECLINES
    _count_reports(item, ReportState.UPHELD if act in DECLINES else ReportState.REJECTED, 1)
    item.state = ReviewState.APPROVED if act in APPROVALS else ReviewState.DECLINED
    item.decided_at, item.claimed_by_id, item.claimed_till = timezone.now(), None, None
    item.save()
    add_decision(actor, act, review=item, statement=statement, facts=facts)


def withdraw_review(kind: str, key: str) -> None:
    """Take content that its author deleted out of the queue."""
    rows = ReviewItem.objects.filter(content=name_of(kind, key), state=ReviewState.OPEN)
    free = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    rows.filter(pk__in=free).update(state=ReviewState.REMOVED, decided_at=timezone.now())


def hide_reported(item: ReviewItem) -> None:
    """Hide content whose reports weigh enough, until a moderator decides."""
    kind, key = _parts(item)
    kind.hide(key, "")
    item.is_hidden = True
    item.save(update_fields=["is_hidden"])
    add_decision(None, Act.HIDE_REPORTED, review=item, facts={"weight": item.weight})
    record(Actor(name="moderation"), Action.REPORTED_HIDDEN, item.content, weight=item.weight)


def add_up_reports(item: ReviewItem) -> None:
    """Store what the open reports of a locked review weigh together."""
    open_reports = item.reports.filter(state=ReportState.OPEN)
    item.weight = open_reports.aggregate(total=Sum("weight"))["total"] or 0
    item.save(update_fields=["weight"])


def _open_item(actor: Actor, public_id: UUID | str) -> ReviewItem:
    """Return an open review, locked, that no other moderator has claimed."""
    item = review_for(actor, public_id, lock=True)
    if not item.is_open:
        raise ReviewDecided(state=item.state)
    is_claimed = item.claimed_till is not None and item.claimed_till > timezone.now()
    if is_claimed and item.claimed_by_id not in (None, actor.user_id):
        raise ReviewClaimed(claimed_by=item.claimed_by.username if item.claimed_by else None)
    return item


def _parts(item: ReviewItem) -> tuple[ModeratedKind, str]:
    found = parts_of(item.content)
    if found is None:
        raise LookupError(f"No app declares {item.kind}.")
    return found


def _approve(item: ReviewItem, facts: dict[str, Any], *, is_trusting: bool, actor: Actor) -> None:
    kind, key = _parts(item)
    if item.is_hidden or item.cause == Cause.APPEALED:
        kind.restore(key)
    else:
        # also of a reported text that an edit held meanwhile
        kind.publish(key)
    item.is_hidden = False
    _count_reports(item, ReportState.REJECTED, 1)
    _count_approval(item, facts)
    if is_trusting and item.author_id is not None:
        level = trust_row(item.author_id).level
        if level < TrustLevel.BASIC:
            facts["level"] = level
            set_level(actor, item.author_id, TrustLevel.BASIC)


def _decline(item: ReviewItem, statement: str) -> None:
    kind, key = _parts(item)
    kind.hide(key, statement)
    item.is_hidden = True
    _count_reports(item, ReportState.UPHELD, 1)


def _count_approval(item: ReviewItem, facts: dict[str, Any]) -> None:
    if item.author_id is not None and item.cause == Cause.HELD:
        trust_row(item.author_id)
        Trust.objects.filter(user_id=item.author_id).update(approved=F("approved") + 1)
        facts["is_counted"] = True


def _count_reports(item: ReviewItem, state: ReportState, change: int) -> None:
    """Close the reports of a review (1), or open them again (-1), and count them for their reporters."""
    before, after = (ReportState.OPEN, state) if change > 0 else (state, ReportState.OPEN)
    rows = Report.objects.filter(review=item, state=before)
    reporters = list(rows.values_list("reporter_id", flat=True))
    rows.update(state=after, decided_at=timezone.now() if change > 0 else None)
    Trust.objects.bulk_create([Trust(user_id=one) for one in reporters], ignore_conflicts=True)
    counter = "upheld" if state == ReportState.UPHELD else "rejected"
    Trust.objects.filter(user_id__in=reporters).update(**{counter: F(counter) + change})
