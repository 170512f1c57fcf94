"""REST API of ideas."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.moderation.services.rules import Facts
from apps.core.rest.body import query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response
from apps.core.web.policies import PUBLIC, requires
from apps.core.web.rate_limits import client_ip

from ..models import Board, Idea, IdeaKind
from ..policies import BOARD_SEE, BOARD_WRITE, IDEA_EDIT, IDEA_SEE, IDEA_TEAM, IDEA_WRITE
from ..selectors.ideas import (
    IdeaFilters,
    ideas_for,
    similar_ideas,
    status_log,
    viewed_idea,
    with_viewer,
)
from ..services.ideas import BugFacts, change_status, create_idea, update_idea
from ..services.merge import merge_ideas
from ..services.votes import (
    remove_vote_on_behalf,
    vote,
    vote_on_behalf,
    withdraw_vote,
)
from .boards import BOARD
from .shapes import (
    IdeaCreate,
    IdeaMerge,
    IdeaPage,
    IdeaSerializer,
    IdeaStatusUpdate,
    IdeaUpdate,
    StatusChangePage,
    StatusChangeSerializer,
    VoteOnBehalf,
)

IDEA_ID = in_path("idea_key", "Id of the idea.")
PERSON = in_path("person", "Username.")


class IdeaSort(models.TextChoices):
    """Property that a list of ideas is sorted by."""

    VOTE_COUNT = "vote_count"
    CREATED_AT = "created_at"


class IdeaSortDirection(models.TextChoices):
    """Direction of a sorted list of ideas."""

    ASC = "asc"
    DESC = "desc"


FIELDS = {
    IdeaSort.VOTE_COUNT: ("vote_count", "created_at", "id"),
    IdeaSort.CREATED_AT: ("created_at", "id"),
}
FILTERS = [
    in_query("status", about="Slug of a status."),
    in_query("label", about="Name of a label."),
    in_query("author", about="Username."),
    in_query("kind", IdeaKind, "Default: both."),
    in_query("q", about="Words of the title."),
    in_query("sort", IdeaSort, "Default: vote_count."),
    in_query("direction", IdeaSortDirection, "Default: desc."),
    CURSOR,
    LIMIT,
]


def idea_path(idea: Idea) -> str:
    return f"/api/v1/feedback/ideas/{idea.key}"


def _data(request: Request, idea: Idea) -> Any:
    return IdeaSerializer(viewed_idea(actor_of(request), idea.key)).data


def _list(request: Request, board: Board | None = None, slug: str = "") -> Response:
    actor = actor_of(request)
    filters = IdeaFilters(
        board=slug,
        status=query_str(request, "status"),
        label=query_str(request, "label"),
        author=query_str(request, "author"),
        kind=query_choice(request, "kind", IdeaKind.values),
        query=query_str(request, "q"),
    )
    sort = IdeaSort(query_choice(request, "sort", IdeaSort.values) or IdeaSort.VOTE_COUNT)
    is_rising = query_choice(request, "direction", IdeaSortDirection.values) == IdeaSortDirection.ASC
    order = [name if is_rising else f"-{name}" for name in FIELDS[sort]]
    rows = with_viewer(actor, ideas_for(actor, board=board, filters=filters))
    return list_response(request, rows, IdeaSerializer, order=order)


@requires(PUBLIC)
class IdeaList(ApiView):
    @operation(
        "list_ideas",
        "feedback",
        IdeaPage,
        params=[in_query("board", about="Slug of a board. Default: all boards."), *FILTERS],
    )
    def get(self, request: Request) -> Response:
        """List the ideas and bug reports that everyone who sees their board can read."""
        return _list(request, slug=query_str(request, "board"))


@requires(BOARD_SEE, POST=BOARD_WRITE)
class BoardIdeas(ApiView):
    @operation("list_board_ideas", "feedback", IdeaPage, 404, params=[BOARD, *FILTERS])
    def get(self, request: Request, board: Board) -> Response:
        """List the ideas and bug reports of a board."""
        return _list(request, board)

    @operation("create_idea", "feedback", IdeaSerializer, 404, status=201, body=IdeaCreate, params=[BOARD])
    def post(self, request: Request, board: Board) -> Response:
        """Add an idea or a bug report, with your vote."""
        facts = validated(request, IdeaCreate)
        bug = facts.get("bug")
        if facts["is_security"] and bug is None:
            bug = {}
        idea = create_idea(
            actor=actor_of(request),
            board_slug=board.slug,
            title=facts["title"],
            source=facts["text"],
            labels=facts.get("labels", ()),
            bug=None if bug is None else BugFacts(**{name: value or "" for name, value in bug.items()}),
            is_security=facts["is_security"],
            facts=Facts(starts_thread=True, ip=client_ip(request._request)),
        )
        return created(_data(request, idea), idea_path(idea))


@requires(BOARD_SEE)
class SimilarIdeas(ApiView):
    @operation(
        "list_similar_ideas",
        "feedback",
        IdeaPage,
        404,
        params=[BOARD, in_query("title", required=True, about="What somebody types."), CURSOR, LIMIT],
    )
    def get(self, request: Request, board: Board) -> Response:
        """List ideas whose titles resemble a text."""
        actor = actor_of(request)
        found = similar_ideas(actor, board, query_str(request, "title"))
        rows = with_viewer(actor, Idea.objects.filter(pk__in=[idea.pk for idea in found]))
        related = rows.select_related(
            "board", "status", "author", "merged_into", "official_reply", "bug", "thread"
        )
        return list_response(request, related, IdeaSerializer, order=("-vote_count", "-created_at", "-id"))


@requires(IDEA_SEE, PATCH=IDEA_EDIT)
class OneIdea(ApiView):
    volatile = frozenset({"vote_count", "comment_count", "updated_at"})

    @operation("get_idea", "feedback", IdeaSerializer, 404, params=[IDEA_ID])
    def get(self, request: Request, idea: Idea) -> Response:
        """Get an idea. `merged_into` names the one that took over a merged idea."""
        return Response(_data(request, idea))

    @operation("update_idea", "feedback", IdeaSerializer, 404, 409, body=IdeaUpdate, params=[IDEA_ID])
    def patch(self, request: Request, idea: Idea) -> Response:
        """Change the title or the labels of an idea that you wrote, or as the team."""
        update_idea(actor=actor_of(request), key=idea.key, **validated(request, IdeaUpdate))
        return Response(_data(request, idea))


@requires(IDEA_WRITE)
class IdeaVote(ApiView):
    @operation("vote_for_idea", "feedback", IdeaSerializer, 404, 409, params=[IDEA_ID])
    def put(self, request: Request, idea: Idea) -> Response:
        """Vote for an idea and watch it. A repeated vote counts once."""
        vote(actor=actor_of(request), key=idea.key)
        return Response(_data(request, idea))

    @operation("withdraw_vote", "feedback", IdeaSerializer, 404, 409, params=[IDEA_ID])
    def delete(self, request: Request, idea: Idea) -> Response:
        """Take your vote back."""
        withdraw_vote(actor=actor_of(request), key=idea.key)
        return Response(_data(request, idea))


@requires(IDEA_TEAM)
class IdeaVoter(ApiView):
    @operation(
        "vote_on_behalf", "feedback", IdeaSerializer, 404, 409, body=VoteOnBehalf, params=[IDEA_ID, PERSON]
    )
    def put(self, request: Request, idea: Idea, person: str) -> Response:
        """Add the vote of a person who told the team, or change its weight."""
        weight = validated(request, VoteOnBehalf)["weight"]
        vote_on_behalf(actor=actor_of(request), key=idea.key, username=person, weight=weight)
        return Response(_data(request, idea))

    @operation("remove_vote_on_behalf", "feedback", IdeaSerializer, 404, 409, params=[IDEA_ID, PERSON])
    def delete(self, request: Request, idea: Idea, person: str) -> Response:
        """Remove a vote that the team added."""
        remove_vote_on_behalf(actor=actor_of(request), key=idea.key, username=person)
        return Response(_data(request, idea))


@requires(IDEA_TEAM)
class IdeaStatus(ApiView):
    @operation(
        "change_idea_status", "feedback", IdeaSerializer, 404, 409, body=IdeaStatusUpdate, params=[IDEA_ID]
    )
    def put(self, request: Request, idea: Idea) -> Response:
        """Change the status of an idea as its team; its followers are told."""
        facts = validated(request, IdeaStatusUpdate)
        reply = facts.get("reply") or ""
        change_status(actor=actor_of(request), key=idea.key, status=facts["status"], reply=reply)
        return Response(_data(request, idea))


@requires(IDEA_SEE)
class StatusChanges(ApiView):
    @operation("list_status_changes", "feedback", StatusChangePage, 404, params=[IDEA_ID, CURSOR, LIMIT])
    def get(self, request: Request, idea: Idea) -> Response:
        """List the changes of an idea's status, newest first."""
        return list_response(request, status_log(idea), StatusChangeSerializer, order=("-created_at", "-id"))


@requires(IDEA_TEAM)
class IdeaMerging(ApiView):
    @operation("merge_idea", "feedback", IdeaSerializer, 404, 409, body=IdeaMerge, params=[IDEA_ID])
    def post(self, request: Request, idea: Idea) -> Response:
        """Merge an idea into another one, which gets its votes, followers and comments; returns that."""
        kept = merge_ideas(actor=actor_of(request), key=idea.key, **validated(request, IdeaMerge))
        return Response(_data(request, kept))
