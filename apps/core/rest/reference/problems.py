"""The table of errors: every code that an answer or a resource may contain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.core.errors import Refusal


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
    """Return every refusal, ordered by status and code."""
    found: dict[str, Problem] = {}
    for kind in _kinds(Refusal):
        title = getattr(kind, "title", "") or kind.code
        problem = Problem(kind.code, kind.status, title, str(kind.default), str(kind.remedy))
        found.setdefault(kind.code, problem)
    return sorted(found.values(), key=lambda problem: (problem.status, problem.code))


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _kinds(inner)
