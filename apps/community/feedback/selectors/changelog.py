"""Changelog entries."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from apps.core.actor import Actor

from ..access import listed_ideas, published_entries, visible_entries
from ..models import Board, ChangelogEntry, EntryState

ENTRIES_ORDER = ("-published_at", "-id")


def entries_for(actor: Actor, *, board: Board | None = None, kind: str = "") -> QuerySet[ChangelogEntry]:
    """Return the published entries that the actor may see, of one board and one kind of change if given."""
    rows = published_entries(actor)
    if board is not None:
        rows = rows.filter(board=board)
    if kind:
        rows = rows.filter(kinds__contains=[kind])
    return with_ideas(actor, rows)


def unpublished_entries(actor: Actor, board: Board) -> QuerySet[ChangelogEntry]:
    """Return the drafts and scheduled entries of a board, for its team."""
    rows = visible_entries(actor).filter(board=board).exclude(state=EntryState.PUBLISHED)
    return with_ideas(actor, rows.order_by("-updated_at", "-pk"))


def viewed_entry(actor: Actor, key: str) -> ChangelogEntry:
    """Return an entry that the actor may see, with its ideas."""
    return with_ideas(actor, visible_entries(actor)).get(key=key)


def with_ideas(actor: Actor, rows: QuerySet[ChangelogEntry]) -> QuerySet[ChangelogEntry]:
    """Load with entries those of their ideas that the actor may see."""
    return rows.prefetch_related(Prefetch("ideas", listed_ideas(actor).order_by("-vote_count", "pk")))
