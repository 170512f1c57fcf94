"""The table of errors: every code that an answer or a resource may contain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.core.errors import Refusal, Unauthenticated, title_of


@dataclass(frozen=True, slots=True)
class Problem:
    """One code.

    meaning  a sentence
    remedy   what to do
    """

    code: str
    status: int
    title: str
    meaning: str
    remedy: str


def problems() -> list[Problem]:
    """Return every code that the REST API answers with, ordered by status and code.

    A code has one status: where something is hidden from anonymous requests, they get Unauthenticated.
    """
    found: dict[str, Problem] = {}
    for kind in _kinds(Refusal):
        if issubclass(kind, Unauthenticated) and kind is not Unauthenticated:
            continue
        title = kind.title or title_of(kind.code)
        problem = Problem(kind.code, kind.status, title, str(kind.default), str(kind.remedy))
        found.setdefault(kind.code, problem)
    return sorted(found.values(), key=lambda problem: (problem.status, problem.code))


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _kinds(inner)
