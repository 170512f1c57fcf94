"""Error renderers: how each protocol reports a refusal; every other path gets a page."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import get_callable

from apps.core.declaration import ErrorRenderer, declared
from apps.core.errors import Refusal

from .headers import header_text

Renderer = Callable[[HttpRequest, Refusal], HttpResponse]


def error_renderer_of(path: str) -> ErrorRenderer | None:
    return next((renderer for renderer in declared().error_renderers if renderer.matches(path)), None)


def is_protocol_path(path: str) -> bool:
    return error_renderer_of(path) is not None


def render_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Render a refusal in the protocol of the request's path, or as a page."""
    renderer = error_renderer_of(request.path)
    render: Renderer = renderer.render if renderer else get_callable(settings.REFUSAL_VIEW)
    response = render(request, refusal)
    for name, value in refusal.headers.items():
        response[name] = header_text(str(value))
    return response
