"""Reading notes."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, QuerySet

from apps.core.actor import Actor

from .access import visible_to
from .models import Note


def notes_for(actor: Actor, *, author: str = "") -> QuerySet[Note]:
    """Return the notes that an actor may see, of one namespace if it is named."""
    rows = visible_to(actor)
    return rows.filter(namespace__key=author.casefold()) if author else rows


def note_counts(namespace_ids: Collection[int]) -> dict[int, int]:
    """Return the number of notes by namespace."""
    rows = Note.objects.filter(namespace_id__in=namespace_ids).order_by()
    return dict(rows.values_list("namespace_id").annotate(count=Count("pk")))
