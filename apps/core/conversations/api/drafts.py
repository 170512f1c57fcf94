"""Drafts in the REST API."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, list_response, no_content
from apps.core.web.policies import WRITER, requires

from ..models import Draft
from ..policies import DRAFT, DRAFT_WRITE
from ..selectors import drafts_of
from ..services.drafts import discard_draft, save_draft
from .shapes import SOURCE_LIMIT_BYTES, THREAD_EXAMPLE, DraftDetail, DraftPage, DraftUpdate

PLACE = in_path("place", f"What the draft is for, such as reply:{THREAD_EXAMPLE}.")


@requires(WRITER)
class DraftList(ApiView):
    @operation("list_drafts", "conversations", DraftPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your drafts, newest first."""
        rows = drafts_of(actor_of(request))
        return list_response(request, rows, DraftDetail, order=("-updated_at", "-id"))


@requires(DRAFT, PUT=DRAFT_WRITE)
class OneDraft(ApiView):
    volatile = frozenset({"updated_at"})

    @operation("get_draft", "conversations", DraftDetail, 404, params=[PLACE])
    def get(self, request: Request, draft: Draft) -> Response:
        """Get a draft."""
        return Response(DraftDetail(draft).data)

    @operation("save_draft", "conversations", DraftDetail, 422, body=DraftUpdate, params=[PLACE])
    def put(self, request: Request, draft: Draft) -> Response:
        """Save a draft. With If-Match, it is refused if another device has saved another text."""
        facts = validated(request, DraftUpdate, limit=SOURCE_LIMIT_BYTES)
        saved = save_draft(actor=actor_of(request), place=draft.place, **facts)
        return Response(DraftDetail(saved).data)

    @operation("delete_draft", "conversations", None, 404, status=204, params=[PLACE])
    def delete(self, request: Request, draft: Draft) -> Response:
        """Delete a draft."""
        discard_draft(actor=actor_of(request), place=draft.place)
        return no_content()
