"""Boards and what their lists show."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.core.actor import Actor
from apps.core.conversations.models import PostState

from ..access import listed_ideas, visible_boards
from ..models import Board, BoardStatus, Idea, Label
from .ideas import VOTES_ORDER

COLUMN_IDEAS = 20
BOARDS_ORDER = ("position", "id")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the roadmap.

    ideas  those with most votes; `total` counts all
    """

    status: BoardStatus
    ideas: list[Idea]
    total: int


def site_boards(actor: Actor) -> QuerySet[Board]:
    """Return the boards of the site that the actor may see."""
    return visible_boards(actor).filter(namespace=None, repo=None).order_by(*BOARDS_ORDER)


def boards_for(actor: Actor, *, namespace: str = "") -> QuerySet[Board]:
    """Return the boards that the actor may see, of one person or organization if it is named."""
    rows = visible_boards(actor)
    if namespace:
        key = namespace.casefold()
        rows = rows.filter(namespace__key=key) | rows.filter(repo__namespace__key=key)
    return rows


def board_of_repo(actor: Actor, repo_id: UUID) -> Board | None:
    return visible_boards(actor).filter(repo_id=repo_id).first()


def statuses_of(board: Board) -> list[BoardStatus]:
    return list(board.statuses.order_by("position", "pk"))


def labels_of(board: Board) -> list[Label]:
    return list(board.labels.order_by("key"))


def counted_statuses(board: Board) -> list[tuple[BoardStatus, int]]:
    """Return the statuses of a board that the reader may see, each with the number of listed ideas."""
    listed = Q(ideas__state=PostState.VISIBLE, ideas__is_security=False, ideas__merged_into=None)
    rows = board.statuses.annotate(count=Count("ideas", filter=listed)).order_by("position", "pk")
    return [(status, int(status.count)) for status in rows]


def roadmap(actor: Actor, board: Board) -> list[Column]:
    """Return the columns of a board's roadmap, each with its ideas of most votes."""
    columns = [(status, total) for status, total in counted_statuses(board) if status.is_on_roadmap]
    ideas = _top_ideas(actor, [status.pk for status, _total in columns])
    return [Column(status, ideas.get(status.pk, []), total) for status, total in columns]


def _top_ideas(actor: Actor, status_ids: Collection[int]) -> dict[int, list[Idea]]:
    """Return the ideas with most votes by status, in one query."""
    rows = listed_ideas(actor)
    parts = [
        rows.filter(status_id=pk).order_by(*VOTES_ORDER).values("pk")[:COLUMN_IDEAS] for pk in status_ids
    ]
    found: dict[int, list[Idea]] = {}
    if parts:
        ids = parts[0].union(*parts[1:], all=True)
        keys = [row["pk"] for row in ids]
        for idea in rows.filter(pk__in=keys).order_by(*VOTES_ORDER).prefetch_related("labels"):
            found.setdefault(idea.status_id, []).append(idea)
    return found
