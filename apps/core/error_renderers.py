"""Faces: how a refusal reads for the clients of each wire. Wires register theirs; pages are the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from .errors import Refusal
from .headers import header_text

Answer = Callable[[HttpRequest, Refusal], HttpResponse]


@dataclass(frozen=True, slots=True)
class ErrorRenderer:
    name: str
    matches: Callable[[str], bool]
    answer: Answer


_renderers: list[ErrorRenderer] = []
_pages: list[Answer] = []


def register_error_renderer(name: str, *, matches: Callable[[str], bool], answer: Answer) -> None:
    """Declare who answers refusals for the paths that match; the first match wins, in order of registration."""
    _renderers[:] = [renderer for renderer in _renderers if renderer.name != name]
    _renderers.append(ErrorRenderer(name, matches, answer))


def register_page_renderer(answer: Answer) -> None:
    """Declare the face of people: every path that no wire claims."""
    _pages[:] = [answer]


def is_protocol_path(path: str) -> bool:
    return any(renderer.matches(path) for renderer in _renderers)


def render_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Translate a refusal for the face that the request spoke to."""
    renderer = next((renderer for renderer in _renderers if renderer.matches(request.path)), None)
    answer = renderer.answer if renderer else _pages[0]
    response = answer(request, refusal)
    for name, value in refusal.headers.items():
        response[name] = header_text(str(value))
    return response
