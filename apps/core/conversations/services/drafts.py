"""Drafts: one for each person and place, saved while they type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.core.actor import Actor
from apps.core.errors import Unauthenticated, ValidationFailed

from ..errors import PostTooLong
from ..models import SOURCE_LIMIT_CHARACTERS, Draft
from ..selectors import drafts_of

DRAFTS_LIMIT = 200
PLACE_LIMIT_CHARACTERS, FIELDS_LIMIT, FIELD_LIMIT_CHARACTERS = 100, 20, 5000
KEPT = timedelta(days=180)


def save_draft(*, actor: Actor, place: str, source: str, data: Mapping[str, Any] | None = None) -> Draft:
    """Save a draft; the oldest ones beyond `DRAFTS_LIMIT` are deleted.

    data    texts of the form's other fields
    raises  Unauthenticated, PostTooLong, ValidationFailed
    """
    if actor.user_id is None:
        raise Unauthenticated
    if len(source) > SOURCE_LIMIT_CHARACTERS:
        raise PostTooLong
    fields = {str(name): str(value) for name, value in (data or {}).items()}
    is_small = len(fields) <= FIELDS_LIMIT and all(
        len(text) <= FIELD_LIMIT_CHARACTERS for pair in fields.items() for text in pair
    )
    if not 0 < len(place) <= PLACE_LIMIT_CHARACTERS or not is_small:
        raise ValidationFailed
    draft, is_new = Draft.objects.update_or_create(
        user_id=actor.user_id, place=place, defaults={"source": source, "data": fields}
    )
    if is_new:
        own = Draft.objects.filter(user_id=actor.user_id).order_by("-updated_at")
        Draft.objects.filter(pk__in=list(own.values_list("pk", flat=True)[DRAFTS_LIMIT:])).delete()
    return draft


def discard_draft(*, actor: Actor, place: str) -> None:
    drafts_of(actor).filter(place=place).delete()


def sweep_drafts() -> int:
    """Delete drafts that nobody touched for half a year; return how many."""
    return Draft.objects.filter(updated_at__lt=timezone.now() - KEPT).delete()[0]
