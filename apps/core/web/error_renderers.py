"""Error renderers: how each protocol reports a refusal; every other path gets a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from apps.core.errors import Refusal

from .headers import header_text

Renderer = Callable[[HttpRequest, Refusal], HttpResponse]


@dataclass(frozen=True, slots=True)
class ErrorRenderer:
    name: str
    matches: Callable[[str], bool]
    render: Renderer


_renderers: list[ErrorRenderer] = []
_pages: list[Renderer] = []


def register_error_renderer(name: str, *, matches: Callable[[str], bool], render: Renderer) -> None:
    """Register a protocol's renderer for the matching paths; the first registered match wins."""
    _renderers[:] = [renderer for renderer in _renderers if renderer.name != name]
    _renderers.append(ErrorRenderer(name, matches, render))


def register_page_renderer(render: Renderer) -> None:
    """Register the renderer of every path that no protocol matches."""
    _pages[:] = [render]


def is_protocol_path(path: str) -> bool:
    return any(renderer.matches(path) for renderer in _renderers)


def render_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Render a refusal in the protocol of the request's path."""
    renderer = next((renderer for renderer in _renderers if renderer.matches(request.path)), None)
    render = renderer.render if renderer else _pages[0]
    response = render(request, refusal)
    for name, value in refusal.headers.items():
        response[name] = header_text(str(value))
    return response
