"""The search page, and its short form for the palette."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.core.errors import BadRequest
from apps.core.http import HubRequest

from ..policies import PUBLIC, requires
from .selectors import MOST, SearchResults, search, tab_keys
from .words import TEXT_LIMIT

PALETTE = 4


@requires(PUBLIC)
@require_safe
def results(request: HubRequest) -> HttpResponse:
    """Everything that fits: `?q=`, a `type` of thing, and the place to go on from."""
    tab = request.GET.get("type", "")
    if tab and tab not in tab_keys():
        raise BadRequest(gettext("There is no such type of thing to search for."))
    found = search(request.actor, _query_str(request), tab=tab, start=_start(request))
    return render(
        request, "core/search.html", {"found": found, "tabs": _tabs(found, tab), "chosen": tab, "most": MOST}
    )


@requires(PUBLIC)
@require_safe
def palette(request: HubRequest) -> HttpResponse:
    """The few best of each kind, as options of a list."""
    found = search(request.actor, _query_str(request), shown=PALETTE)
    return render(request, "core/_palette_hits.html", {"found": found})


def _query_str(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:TEXT_LIMIT]


def _start(request: HttpRequest) -> int:
    """Return the place that a page begins at.

    raises  BadRequest
    """
    text = request.GET.get("cursor", "0")
    if not text.isdecimal() or len(text) > 4 or int(text) >= MOST:
        raise BadRequest(gettext("The cursor is not valid."))
    return int(text)


def _tabs(found: SearchResults, chosen: str) -> list[dict[str, Any]]:
    """Return the tabs that hold something, and the chosen one."""
    return [
        {"key": tab.key, "words": tab.many, "icon": tab.icon, "count": count, "is_over": count >= MOST}
        for tab, count in found.tabs
        if count or tab.key == chosen
    ]
