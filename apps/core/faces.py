"""Faces: how a refusal reads for the clients of each wire. Wires register theirs; pages are the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from .errors import Refusal
from .headers import header_text

Answer = Callable[[HttpRequest, Refusal], HttpResponse]


@dataclass(frozen=True, slots=True)
class Face:
    name: str
    matches: Callable[[str], bool]
    answer: Answer


_faces: list[Face] = []
_pages: list[Answer] = []


def register_face(name: str, *, matches: Callable[[str], bool], answer: Answer) -> None:
    """Declare who answers refusals for the paths that match; the first match wins, in order of registration."""
    _faces[:] = [face for face in _faces if face.name != name]
    _faces.append(Face(name, matches, answer))


def register_pages(answer: Answer) -> None:
    """Declare the face of people: every path that no wire claims."""
    _pages[:] = [answer]


def is_wire(path: str) -> bool:
    return any(face.matches(path) for face in _faces)


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Translate a refusal for the face that the request spoke to."""
    face = next((face for face in _faces if face.matches(request.path)), None)
    answer = face.answer if face else _pages[0]
    response = answer(request, refusal)
    for name, value in refusal.headers.items():
        response[name] = header_text(str(value))
    return response
