"""Ideas: lists, similar ones, what a person did with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.contrib.postgres.search import SearchVectorField, TrigramWordSimilarity
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Sum

from apps.core.actor import Actor
from apps.core.conversations.models import Post, PostKind, PostState
from apps.core.search.providers import matches_query
from apps.core.search.words import SearchQuery

from ..access import listed_ideas, visible_ideas
from ..models import Board, Idea, StatusChange, Vote

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

    board   slug
    status  slug
    label   name
    author  name
    """

    board: str = ""
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
    if filters.board:
        rows = rows.filter(board__slug=filters.board)
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


def similar_ideas(actor: Actor, board: Board, title: str) -> list[Idea]:
    """Return the listed ideas of a board whose titles resemble a text, best first."""
    words = title.casefold().strip()[:200]
    if len(words) < LEAST_CHARACTERS:
        return []
    likeness = TrigramWordSimilarity(words, "title_key")
    rows = listed_ideas(actor).filter(board=board).annotate(likeness=likeness)
    return list(rows.filter(likeness__gte=SIMILAR_ENOUGH).order_by("-likeness", *VOTES_ORDER)[:SIMILAR_SHOWN])


def own_votes(actor: Actor, idea_ids: Collection[int]) -> set[int]:
    """Return those of the ideas that the actor votes for."""
    if actor.user_id is None:
        return set()
    rows = Vote.objects.filter(idea_id__in=idea_ids, user_id=actor.user_id)
    return set(rows.values_list("idea_id", flat=True))


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


def recent_changes(
    actor: Actor, *, board: Board | None = None, idea: Idea | None = None
) -> QuerySet[StatusChange]:
    """Return the changes of statuses of one board's listed ideas or of one idea, newest first."""
    rows = StatusChange.objects.select_related("idea", "reply").order_by("-created_at", "-pk")
    if idea is not None:
        return rows.filter(idea=idea)
    return rows.filter(idea__in=listed_ideas(actor).filter(board=board).values("pk"))


def comments_of(idea: Idea) -> QuerySet[Post]:
    """Return the visible comments on an idea, newest first."""
    first = (
        Post.objects.filter(thread_id=idea.thread_id, kind=PostKind.COMMENT).order_by("pk").values("pk")[:1]
    )
    rows = Post.objects.filter(thread_id=idea.thread_id, kind=PostKind.COMMENT, state=PostState.VISIBLE)
    return rows.exclude(pk__in=first).select_related("author").order_by("-number")


def ideas_of_namespace(actor: Actor, namespace_id: int) -> QuerySet[Idea]:
    """Return the listed ideas that a person wrote, or that are on the boards of a namespace."""
    rows = listed_ideas(actor).prefetch_related("labels")
    by_person = Q(author__namespace_id=namespace_id)
    on_boards = Q(board__namespace_id=namespace_id) | Q(board__repo__namespace_id=namespace_id)
    return rows.filter(by_person | on_boards)


def with_viewer(actor: Actor, rows: QuerySet[Idea]) -> QuerySet[Idea]:
    """Annotate ideas with whether the actor votes for them, for resources."""
    own = Vote.objects.filter(idea=OuterRef("pk"), user_id=actor.user_id or 0)
    return (
        rows.annotate(viewer_has_voted=Exists(own))
        .select_related("merged_into", "official_reply", "bug", "thread")
        .prefetch_related("labels")
    )


def viewed_idea(actor: Actor, key: str) -> Idea:
    """Return an idea that the actor may see as resources show it."""
    return with_viewer(actor, visible_ideas(actor)).get(key=key)
