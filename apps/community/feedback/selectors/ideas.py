"""Ideas: lists, similar ones, what a person did with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.contrib.postgres.search import SearchVectorField, TrigramWordSimilarity
from django.db.models import F, Func, QuerySet, Sum

from apps.core.actor import Actor
from apps.core.search.providers import matches_query
from apps.core.search.words import SearchQuery

from ..access import listed_ideas, visible_ideas
from ..models import Board, Follower, Idea, StatusChange, Vote

TERMS = Func(F("title"), function="search_names", output_field=SearchVectorField())
VOTES_ORDER = ("-vote_count", "-created_at", "-id")
NEW_ORDER = ("-created_at", "-id")
ORDERS = {"votes": VOTES_ORDER, "new": NEW_ORDER}
SIMILAR_SHOWN = 5
SIMILAR_ENOUGH = 0.35
LEAST_CHARACTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaFilters:
    """Filters of a list of ideas; empty ones do not filter.

    status  slug
    label   name
    author  name
    """

    status: str = ""
    label: str = ""
    author: str = ""
    kind: str = ""
    query: str = ""


def ideas_for(
    actor: Actor, *, board: Board | None = None, filters: IdeaFilters | None = None
) -> QuerySet[Idea]:
    """Return the ideas that lists show, of one board if it is given."""
    rows, filters = listed_ideas(actor), filters or IdeaFilters()
    if board is not None:
        rows = rows.filter(board=board)
    if filters.status:
        rows = rows.filter(status__slug=filters.status)
    if filters.label:
        rows = rows.filter(labels__key=filters.label.casefold())
    if filters.author:
        rows = rows.filter(author__namespace__key=filters.author.casefold())
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.query.strip():
        rows = rows.filter(matches_query(SearchQuery.of(filters.query), where=TERMS, part_of="title_key"))
    return rows.prefetch_related("labels")


def waiting_ideas(actor: Actor, board: Board) -> QuerySet[Idea]:
    """Return the security reports, held and hidden ideas of a board that the actor may see."""
    rows = visible_ideas(actor).filter(board=board, merged_into=None)
    return rows.exclude(pk__in=listed_ideas(actor).filter(board=board).values("pk")).order_by(*NEW_ORDER)


def similar_ideas(actor: Actor, board: Board, title: str, *, without: int | None = None) -> list[Idea]:
    """Return the listed ideas of a board whose titles resemble a text, best first."""
    words = title.casefold().strip()[:200]
    if len(words) < LEAST_CHARACTERS:
        return []
    likeness = TrigramWordSimilarity(words, "title_key")
    rows = listed_ideas(actor).filter(board=board).exclude(pk=without).annotate(likeness=likeness)
    return list(rows.filter(likeness__gte=SIMILAR_ENOUGH).order_by("-likeness", *VOTES_ORDER)[:SIMILAR_SHOWN])


def own_votes(actor: Actor, idea_ids: Collection[int]) -> set[int]:
    """Return those of the ideas that the actor votes for."""
    return _own(Vote.objects.filter(idea_id__in=idea_ids), actor)


def own_follows(actor: Actor, idea_ids: Collection[int]) -> set[int]:
    """Return those of the ideas that the actor follows."""
    return _own(Follower.objects.filter(idea_id__in=idea_ids), actor)


def _own(rows: QuerySet[Vote] | QuerySet[Follower], actor: Actor) -> set[int]:
    if actor.user_id is None:
        return set()
    return set(rows.filter(user_id=actor.user_id).values_list("idea_id", flat=True))


def votes_of(idea: Idea) -> QuerySet[Vote]:
    """Return the votes for an idea, for its team."""
    return Vote.objects.filter(idea=idea).select_related("user__namespace", "added_by").order_by("-pk")


def weights_of(idea_ids: Collection[int]) -> Mapping[int, int]:
    """Return the weighted votes by idea, for the team alone."""
    rows = Vote.objects.filter(idea_id__in=idea_ids).order_by().values_list("idea_id")
    return dict(rows.annotate(total=Sum("weight")))


def status_log(idea: Idea) -> QuerySet[StatusChange]:
    """Return the changes of an idea's status, newest first."""
    return idea.status_changes.select_related("changed_by").order_by("-created_at", "-pk")
