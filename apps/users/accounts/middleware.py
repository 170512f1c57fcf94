"""Puts the actor on each request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from apps.core.actor import NOBODY
from apps.core.errors import Refusal
from apps.core.faces import answer_refusal

from .actors import actor_of


def actors(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set `request.actor`; a header that cannot be believed is refused on every route, public ones included."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Authorization" in request.headers and not request.path.startswith(SELF_GUARDED):
            try:
                request.actor = actor_of(request)  # type: ignore[attr-defined]
            except Refusal as refusal:
                request.actor = NOBODY  # type: ignore[attr-defined]
                return answer_refusal(request, refusal)
        else:
            request.actor = SimpleLazyObject(lambda: actor_of(request)) if "sessionid" in request.COOKIES else NOBODY  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


SELF_GUARDED = ("/xet/", "/oauth/", "/metrics", "/identity/")
