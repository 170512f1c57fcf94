"""Boards as files: import and export by their admins."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..forms import ImportForm
from ..layouts import Layout
from ..models import Board
from ..policies import BOARD_ADMIN
from ..selectors.exports import board_as_csv, board_as_json
from ..services.imports import import_board
from .boards import settings_page

IMPORT_LIMIT_BYTES = 16 << 20
PROBLEMS_SHOWN = 200


@takes_body(IMPORT_LIMIT_BYTES)
@requires(BOARD_ADMIN)
@require_POST
def import_file(request: HubRequest, board: Board) -> HttpResponse:
    """Import a file; rows that were left out are listed by line."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return settings_page(request, board, import_form=form, status=422)
    file = form.cleaned_data["file"]
    is_json = str(file.name).lower().endswith(".json")
    with refusals_on_form(form, "file"):
        result = import_board(actor=request.actor, slug=board.slug, data=file.read(), is_json=is_json)
        if result.problems:
            return settings_page(request, board, problems=result.problems[:PROBLEMS_SHOWN])
        words = ngettext("%(count)s idea imported.", "%(count)s ideas imported.", result.imported)
        path = f"{board.get_absolute_url()}/settings"
        return post_response(request, path, words % {"count": result.imported})
    return settings_page(request, board, import_form=form, status=422)


@requires(BOARD_ADMIN)
@require_safe
def export_json(request: HubRequest, board: Board) -> HttpResponse:
    """Return the whole board."""
    text = json.dumps(board_as_json(board), ensure_ascii=False, indent=1)
    return _file(HttpResponse(text, content_type="application/json"), f"{board.slug}.json")


@requires(BOARD_ADMIN)
@require_safe
def export_csv(request: HubRequest, board: Board) -> HttpResponse:
    """Return the ideas in the columns of Fider, or of Canny with ?layout=canny."""
    layout = Layout.CANNY if request.GET.get("layout") == Layout.CANNY else Layout.FIDER
    lines = "".join(board_as_csv(board, layout))
    return _file(HttpResponse(lines, content_type="text/csv; charset=utf-8"), f"{board.slug}.csv")


def _file(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
