"""REST API of the changelog."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.core.rest.body import query_choice, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import PUBLIC, requires

from ..models import Board, ChangeKind, ChangelogEntry
from ..policies import BOARD_SEE, BOARD_TEAM, ENTRY_SEE, ENTRY_TEAM
from ..selectors.changelog import ENTRIES_ORDER, entries_for, viewed_entry
from ..services.changelog import create_entry, delete_entry, publish_entry, unschedule_entry, update_entry
from .boards import BOARD
from .shapes import (
    ChangelogEntryCreate,
    ChangelogEntryPage,
    ChangelogEntryPublish,
    ChangelogEntrySerializer,
    ChangelogEntryUpdate,
)

ENTRY_ID = in_path("entry_key", "Id of the entry.")
KIND = in_query("kind", ChangeKind, "Only entries with changes of this kind.")


def entry_path(entry: ChangelogEntry) -> str:
    return f"/api/v1/feedback/changelog/{entry.key}"


def _data(actor: Actor, entry: ChangelogEntry) -> Any:
    return ChangelogEntrySerializer(viewed_entry(actor, entry.key)).data


def _list(request: Request, board: Board | None = None) -> Response:
    kind = query_choice(request, "kind", ChangeKind.values)
    rows = entries_for(actor_of(request), board=board, kind=kind)
    return list_response(request, rows, ChangelogEntrySerializer, order=ENTRIES_ORDER)


def _facts(request: Request, shape: Any) -> dict[str, Any]:
    facts = validated(request, shape)
    return {"source" if name == "text" else name: value for name, value in facts.items()}


@requires(PUBLIC)
class ChangelogList(ApiView):
    @operation("list_changelog", "feedback", ChangelogEntryPage, params=[KIND, CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the published entries of all changelogs that you may see, newest first."""
        return _list(request)


@requires(BOARD_SEE, POST=BOARD_TEAM)
class BoardChangelog(ApiView):
    @operation(
        "list_board_changelog", "feedback", ChangelogEntryPage, 404, params=[BOARD, KIND, CURSOR, LIMIT]
    )
    def get(self, request: Request, board: Board) -> Response:
        """List the published entries of a board's changelog, newest first."""
        return _list(request, board)

    @operation(
        "create_changelog_entry",
        "feedback",
        ChangelogEntrySerializer,
        404,
        status=201,
        body=ChangelogEntryCreate,
        params=[BOARD],
    )
    def post(self, request: Request, board: Board) -> Response:
        """Write a draft as the team of a board."""
        actor = actor_of(request)
        facts = _facts(request, ChangelogEntryCreate)
        entry = create_entry(actor=actor, board_slug=board.slug, **facts)
        return created(_data(actor, entry), entry_path(entry))


@requires(ENTRY_SEE, PATCH=ENTRY_TEAM, DELETE=ENTRY_TEAM)
class OneEntry(ApiView):
    @operation("get_changelog_entry", "feedback", ChangelogEntrySerializer, 404, params=[ENTRY_ID])
    def get(self, request: Request, entry: ChangelogEntry) -> Response:
        """Get an entry; a draft as the team of its board."""
        return Response(_data(actor_of(request), entry))

    @operation(
        "update_changelog_entry",
        "feedback",
        ChangelogEntrySerializer,
        404,
        body=ChangelogEntryUpdate,
        params=[ENTRY_ID],
    )
    def patch(self, request: Request, entry: ChangelogEntry) -> Response:
        """Update an entry."""
        actor = actor_of(request)
        update_entry(actor=actor, key=entry.key, **_facts(request, ChangelogEntryUpdate))
        return Response(_data(actor, entry))

    @operation("delete_changelog_entry", "feedback", None, 404, status=204, params=[ENTRY_ID])
    def delete(self, request: Request, entry: ChangelogEntry) -> Response:
        """Delete an entry."""
        delete_entry(actor=actor_of(request), key=entry.key)
        return no_content()


@requires(ENTRY_TEAM)
class EntryPublication(ApiView):
    @operation(
        "publish_changelog_entry",
        "feedback",
        ChangelogEntrySerializer,
        404,
        409,
        body=ChangelogEntryPublish,
        params=[ENTRY_ID],
    )
    def put(self, request: Request, entry: ChangelogEntry) -> Response:
        """Publish an entry now or later; the voters of its ideas are told then."""
        actor, facts = actor_of(request), validated(request, ChangelogEntryPublish)
        publish_entry(actor=actor, key=entry.key, at=facts.get("at"))
        return Response(_data(actor, entry))

    @operation(
        "unschedule_changelog_entry", "feedback", ChangelogEntrySerializer, 404, 409, params=[ENTRY_ID]
    )
    def delete(self, request: Request, entry: ChangelogEntry) -> Response:
        """Make a scheduled entry a draft again."""
        actor = actor_of(request)
        unschedule_entry(actor=actor, key=entry.key)
        return Response(_data(actor, entry))
