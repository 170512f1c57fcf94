"""Who may decide on reviews, and who is a person that moderators act on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from apps.core.actor import Actor
from apps.core.errors import Forbidden, NotFound, Unauthenticated
from apps.core.web.policies import check_writer

from .errors import (
    ContentNotFound,
    PersonNotFound,
    ReportHidden,
    ReportNotFound,
    ReviewHidden,
    ReviewNotFound,
    StaffProtected,
)
from .models import Report, ReviewItem
from .providers import ModeratedKind, parts_of


def check_staff(actor: Actor) -> None:
    """raises  Unauthenticated, Forbidden"""
    if not actor.is_staff:
        raise Forbidden if actor.is_signed_in else Unauthenticated


def check_moderator(actor: Actor) -> None:
    """Refuse everybody but the staff, and tokens that only read.

    raises  Unauthenticated, NotFound, Forbidden
    """
    if not actor.is_staff:
        raise NotFound if actor.is_signed_in else Unauthenticated
    check_writer(actor)


def review_for(actor: Actor, public_id: UUID | str, *, lock: bool = False) -> ReviewItem:
    """Return a review that the actor may decide on: the staff, and who moderates the content's place.

    raises  ReviewNotFound if it is absent or not theirs; ReviewHidden for anonymous users
    """
    rows = ReviewItem.objects.select_for_update(of=("self",)) if lock else ReviewItem.objects.all()
    item = rows.select_related("author", "claimed_by").filter(public_id=public_id).first()
    if item is None or not may_decide(actor, item):
        raise ReviewNotFound if actor.is_signed_in else ReviewHidden
    return item


def may_decide(actor: Actor, item: ReviewItem) -> bool:
    if not actor.is_signed_in or actor.is_application:
        return False
    parts = parts_of(item.content)
    return actor.is_staff or (parts is not None and parts[0].can_moderate(actor, parts[1]))


def report_for(actor: Actor, public_id: UUID | str) -> Report:
    """Return a report that the actor may see: their own, and those of reviews that they may decide on.

    raises  ReportNotFound; ReportHidden for anonymous users
    """
    report = Report.objects.select_related("review", "reporter").filter(public_id=public_id).first()
    if not actor.is_signed_in:
        raise ReportHidden
    if report is None or not (report.reporter_id == actor.user_id or may_decide(actor, report.review)):
        raise ReportNotFound
    return report


def content_for(actor: Actor, content: str) -> tuple[ModeratedKind, str]:
    """Return the kind and the id of content that the actor may see, and so report.

    raises  Unauthenticated, ContentNotFound
    """
    if not actor.is_signed_in or actor.user_id is None:
        raise Unauthenticated
    parts = parts_of(content)
    if parts is None or not parts[0].can_see(actor, parts[1]):
        raise ContentNotFound
    return parts


def person_named(name: str) -> Any:
    """Return a person by their username.

    raises  PersonNotFound
    """
    user = get_user_model()._default_manager.filter(username__iexact=name).first()
    if user is None:
        raise PersonNotFound
    return user


def person_for(actor: Actor, user_id: int, *, is_for_sanction: bool = False) -> Any:
    """Return a person for the staff to act on, with the row locked if it is for a sanction.

    raises  Unauthenticated, Forbidden, PersonNotFound, StaffProtected
    """
    check_staff(actor)
    rows = get_user_model()._default_manager.all()
    user = (rows.select_for_update(of=("self",)) if is_for_sanction else rows).filter(pk=user_id).first()
    if user is None:
        raise PersonNotFound
    if is_for_sanction and user.is_staff:
        raise StaffProtected
    return user
