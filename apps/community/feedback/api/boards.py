"""REST API of boards."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.core.errors import ValidationFailed
from apps.core.moderation.services.rules import Facts
from apps.core.rest.body import query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.bodies import takes_body
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.core.web.rate_limits import client_ip
from apps.registry.repos.addresses import Address, RepoKind

from ..models import Board
from ..policies import BOARD_ADMIN, BOARD_SEE
from ..selectors.boards import BOARDS_ORDER, boards_for
from ..selectors.exports import board_as_json
from ..services.boards import StatusFacts, create_board, delete_board, set_labels, set_statuses, update_board
from ..services.imports import import_board
from .shapes import (
    BoardCreate,
    BoardExport,
    BoardImport,
    BoardImportResult,
    BoardLabels,
    BoardPage,
    BoardSerializer,
    BoardStatuses,
    BoardUpdate,
)

BOARD = in_path("board", "Slug of the board.")
IMPORT_LIMIT_BYTES = 16 << 20


def board_path(board: Board) -> str:
    return f"/api/v1/feedback/boards/{board.slug}"


def _loaded(actor: Actor) -> QuerySet[Board]:
    return boards_for(actor).prefetch_related("statuses", "labels")


def _response(actor: Actor, board: Board) -> Response:
    return Response(BoardSerializer(_loaded(actor).get(pk=board.pk)).data)


@requires(PUBLIC, POST=SIGNED_IN)
class BoardList(ApiView):
    @operation(
        "list_boards",
        "feedback",
        BoardPage,
        params=[in_query("namespace", about="Only boards of this person or organization."), CURSOR, LIMIT],
    )
    def get(self, request: Request) -> Response:
        """List the boards that you may see."""
        actor = actor_of(request)
        rows = boards_for(actor, namespace=query_str(request, "namespace"))
        loaded = rows.prefetch_related("statuses", "labels")
        return list_response(request, loaded, BoardSerializer, order=BOARDS_ORDER)

    @operation("create_board", "feedback", BoardSerializer, 404, 409, status=201, body=BoardCreate)
    def post(self, request: Request) -> Response:
        """Create a board of a repository or namespace that you administer; of the site as its staff."""
        actor, facts = actor_of(request), validated(request, BoardCreate)
        repo = facts.get("repo")
        board = create_board(
            actor=actor,
            name=facts["name"],
            slug=facts.get("slug") or "",
            about=facts.get("about") or "",
            namespace=facts.get("namespace") or "",
            repo=_address(repo["kind"], repo["full_name"]) if repo else None,
            is_private=facts["is_private"],
            facts=Facts(starts_thread=True, ip=client_ip(request._request)),
        )
        return created(_response(actor, board).data, board_path(board))


def _address(kind: str, full_name: str) -> Address:
    try:
        return Address.of_kind(RepoKind(kind), full_name)
    except ValueError:
        raise ValidationFailed(fields={"repo.full_name": "Not the name of a repository."}) from None


@requires(BOARD_SEE, PATCH=BOARD_ADMIN, DELETE=BOARD_ADMIN)
class OneBoard(ApiView):
    volatile = frozenset({"idea_count"})

    @operation("get_board", "feedback", BoardSerializer, 404, params=[BOARD])
    def get(self, request: Request, board: Board) -> Response:
        """Get a board."""
        return _response(actor_of(request), board)

    @operation("update_board", "feedback", BoardSerializer, 404, body=BoardUpdate, params=[BOARD])
    def patch(self, request: Request, board: Board) -> Response:
        """Update a board that you administer."""
        actor = actor_of(request)
        update_board(actor=actor, slug=board.slug, **validated(request, BoardUpdate))
        return _response(actor, board)

    @operation("delete_board", "feedback", None, 404, status=204, params=[BOARD])
    def delete(self, request: Request, board: Board) -> Response:
        """Delete a board with its ideas and changelog."""
        delete_board(actor=actor_of(request), slug=board.slug)
        return no_content()


@requires(BOARD_ADMIN)
class Statuses(ApiView):
    @operation(
        "replace_board_statuses", "feedback", BoardSerializer, 404, 409, body=BoardStatuses, params=[BOARD]
    )
    def put(self, request: Request, board: Board) -> Response:
        """Replace the statuses of a board; those that ideas have must stay."""
        actor = actor_of(request)
        rows = validated(request, BoardStatuses)["statuses"]
        statuses = [StatusFacts(**{**row, "name": row.get("name") or ""}) for row in rows]
        set_statuses(actor=actor, slug=board.slug, statuses=statuses)
        return _response(actor, board)


@requires(BOARD_ADMIN)
class Labels(ApiView):
    @operation("replace_board_labels", "feedback", BoardSerializer, 404, body=BoardLabels, params=[BOARD])
    def put(self, request: Request, board: Board) -> Response:
        """Replace the labels of a board."""
        actor = actor_of(request)
        rows = validated(request, BoardLabels)["labels"]
        set_labels(actor=actor, slug=board.slug, labels=[(row["name"], row["is_open"]) for row in rows])
        return _response(actor, board)


@requires(BOARD_ADMIN)
class Export(ApiView):
    @operation("export_board", "feedback", BoardExport, 404, params=[BOARD])
    def get(self, request: Request, board: Board) -> Response:
        """Export a board with everything on it, to import it elsewhere."""
        return Response(BoardExport({"content": board_as_json(board)}).data)


@takes_body(IMPORT_LIMIT_BYTES)
@requires(BOARD_ADMIN)
class Import(ApiView):
    content_limit_bytes = IMPORT_LIMIT_BYTES

    @operation("import_board", "feedback", BoardImportResult, 404, body=BoardImport, params=[BOARD])
    def post(self, request: Request, board: Board) -> Response:
        """Import ideas into a board. Broken rows are left out and named; a repeated import goes on."""
        facts = validated(request, BoardImport, limit=IMPORT_LIMIT_BYTES)
        result = import_board(
            actor=actor_of(request),
            slug=board.slug,
            data=facts["content"].encode(),
            is_json=facts["format"] == "json",
        )
        return Response(BoardImportResult(result).data)
