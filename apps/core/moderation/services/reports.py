"""Reports of content, and appeals against decisions."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.errors import Unauthenticated

from ..access import content_for
from ..errors import AlreadyAppealed, AlreadyReported, ContentNotFound, DecisionNotFound, TooManyReports
from ..models import (
    NOTE_LIMIT_CHARACTERS,
    Cause,
    Decision,
    Report,
    ReportReason,
    ReviewItem,
    ReviewState,
    TrustLevel,
)
from ..providers import parts_of
from ..selectors import own_decisions, trust_of
from .queue import add_up_reports, hide_reported, open_review

WEIGHTS = {
    TrustLevel.NEW: 0.0,
    TrustLevel.BASIC: 1.0,
    TrustLevel.MEMBER: 1.0,
    TrustLevel.REGULAR: 1.5,
    TrustLevel.LEADER: 2.0,
}
STAFF_WEIGHT = 3.0


@transaction.atomic
def report(*, actor: Actor, content: str, reason: ReportReason, note: str = "") -> Report:
    """Report content; enough weight hides it until a moderator decides.

    content  such as `post:5f0c2b7e91d44a86`
    raises   Unauthenticated, ContentNotFound, AlreadyReported, TooManyReports
    """
    kind, key = content_for(actor, content)
    view = kind.views([key]).get(key)
    if view is None or actor.user_id is None:
        raise ContentNotFound
    _check_pace(actor)
    opened = open_review(kind=kind.name, key=key, author_id=view.author_id, cause=Cause.REPORTED)
    item = ReviewItem.objects.select_for_update().get(pk=opened.pk)
    try:
        with transaction.atomic():
            made = Report.objects.create(
                review=item,
                reporter_id=actor.user_id,
                reason=reason,
                note=note.strip()[:NOTE_LIMIT_CHARACTERS],
                weight=weight_of(actor),
            )
    except IntegrityError:
        raise AlreadyReported from None
    add_up_reports(item)
    if item.cause == Cause.REPORTED and not item.is_hidden and item.weight >= _hide_weight(item.author_id):
        hide_reported(item)
    return made


def weight_of(actor: Actor) -> float:
    """Return what the actor's report counts now."""
    if actor.is_staff:
        return STAFF_WEIGHT
    trust = trust_of(actor.user_id)
    return round(WEIGHTS[TrustLevel(trust.level)] * trust.accuracy, 3)


def _hide_weight(author_id: int | None) -> float:
    """Return the weight that hides content of an author: more with their trust, endless for the staff."""
    users = get_user_model()._default_manager
    if author_id is not None and users.filter(pk=author_id, is_staff=True).exists():
        return float("inf")
    level = trust_of(author_id).level
    return float(settings.REPORT_HIDE_WEIGHT * max(1, level))


def _check_pace(actor: Actor) -> None:
    since = timezone.now() - timedelta(days=1)
    count = Report.objects.filter(reporter_id=actor.user_id, created_at__gte=since).count()
    if count >= settings.REPORTS_PER_DAY:
        raise TooManyReports(limit=settings.REPORTS_PER_DAY)


def appeal_decision(*, actor: Actor, public_id: UUID | str, note: str) -> Decision:
    """Appeal a decision about one's own content.

    raises  Unauthenticated, DecisionNotFound, ContentNotFound, AlreadyAppealed
    """
    decision = own_decisions(actor).filter(public_id=public_id).first()
    if decision is None:
        raise DecisionNotFound
    appeal(actor=actor, content=decision.content, note=note)
    return decision


@transaction.atomic
def appeal(*, actor: Actor, content: str, note: str) -> ReviewItem:
    """Ask for another look at one's own content that a moderator declined, once for each decision.

    raises  Unauthenticated, ContentNotFound, AlreadyAppealed
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    rows = ReviewItem.objects.select_for_update().filter(content=content, author_id=actor.user_id)
    latest = rows.order_by("-pk").first()
    parts = parts_of(content)
    if latest is None or parts is None:
        raise ContentNotFound
    if latest.state != ReviewState.DECLINED or latest.cause == Cause.APPEALED:
        raise AlreadyAppealed
    text = note.strip()[:NOTE_LIMIT_CHARACTERS]
    item = open_review(
        kind=parts[0].name, key=parts[1], author_id=actor.user_id, cause=Cause.APPEALED, note=text
    )
    item.is_hidden = True
    item.save(update_fields=["is_hidden"])
    return item
