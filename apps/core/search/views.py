"""The search page and the palette's results."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.core.errors import BadRequest
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from .selectors import MOST, SearchResults, parse_start, search, tab_keys
from .words import TEXT_LIMIT

PALETTE = 4


@requires(PUBLIC)
@require_safe
def results(request: HubRequest) -> HttpResponse:
    """Search results for `q`, limited to one `type` and continued at `cursor` if given."""
    tab = request.GET.get("type", "")
    if tab and tab not in tab_keys():
        raise BadRequest(gettext("Unknown type of search result."))
    results = search(
        request.actor, _query_str(request), tab=tab, start=parse_start(request.GET.get("cursor", "0"))
    )
    return render(
        request,
        "core/search.html",
        {"results": results, "tabs": _tabs(results, tab), "chosen": tab, "most": MOST},
    )


@requires(PUBLIC)
@require_safe
def palette(request: HubRequest) -> HttpResponse:
    """The best results of each kind, as listbox options."""
    results = search(request.actor, _query_str(request), shown=PALETTE)
    return render(request, "core/_palette_hits.html", {"results": results})


def _query_str(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:TEXT_LIMIT]


def _tabs(results: SearchResults, chosen: str) -> list[dict[str, Any]]:
    """Return the tabs with results, and the chosen one."""
    return [
        {"key": tab.key, "words": tab.many, "icon": tab.icon, "count": count, "is_over": count >= MOST}
        for tab, count in results.tabs
        if count or tab.key == chosen
    ]
