"""Facets: which values repositories have, how many have each, and how many there are."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, QuerySet, Value

from apps.core.actor import Actor

from ..access import visible_to
from ..addresses import RepoKind
from ..models import Repo
from .lists import Filters, fitting

FIELDS = {"task": "task", "library": "library", "licence": "licence", "language": "languages"}
VALUES_LIMIT = 40
KEPT_SECONDS = 30
# up to EXACT rows are counted one by one; of more, SAMPLE rows of the kind are looked at
EXACT, SAMPLE = 3000, 4000
ALL = "all"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a list holds.

    facets      for each of FIELDS its values with their counts, most first
    estimated   those of FIELDS, and ALL for the total, that were estimated from a sample
    """

    total: int
    facets: dict[str, list[tuple[str, int]]]
    estimated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of some rows, not cut yet."""

    total: int
    facets: Mapping[str, Mapping[str, int]]
    estimated: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What some rows have in common, and how many they are."""

    task: str
    library: str
    licence: str
    languages: tuple[str, ...]
    count: float

    def fits(self, filters: Filters) -> bool:
        pairs = ((filters.task, self.task), (filters.library, self.library), (filters.licence, self.licence))
        return all(wanted in ("", own) for wanted, own in pairs) and (not filters.language or filters.language in self.languages)

    def values(self, name: str) -> tuple[str, ...]:
        found = getattr(self, FIELDS[name])
        return found if isinstance(found, tuple) else (found,)


def facets(actor: Actor, kind: RepoKind, filters: Filters) -> dict[str, list[tuple[str, int]]]:
    """Return for `task`, `library`, `licence` and `language` the values and their counts, most first."""
    return counted(actor, kind, filters).facets


def counted(actor: Actor, kind: RepoKind, filters: Filters) -> Counted:
    """Count what an actor may read and what fits.

    Each facet counts what the other filters leave, so that another value of it can be chosen. On a large site, counts of
    what everybody may read are kept for some seconds; what only the actor may see is counted each time.
    """
    edge = _sample_edge(kind)
    tallies = [_public(kind, filters, edge)]
    if actor.roles:
        tallies.append(_tally(visible_to(actor).filter(kind=kind, is_private=True), filters, edge))
    merged: dict[str, Counter[str]] = {name: Counter() for name in FIELDS}
    for tally in tallies:
        for name, counts in tally.facets.items():
            merged[name].update(counts)
    best = {name: sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:VALUES_LIMIT] for name, counts in merged.items()}
    return Counted(sum(tally.total for tally in tallies), best, frozenset().union(*(tally.estimated for tally in tallies)))


def _public(kind: RepoKind, filters: Filters, edge: UUID | None) -> Tally:
    rows = Repo.objects.filter(kind=kind, deleted_at=None, is_private=False)
    if edge is None:
        return _tally(rows, filters, edge)
    key = f"facets:{kind}:{hashlib.sha256(repr(asdict(filters)).encode()).hexdigest()}"
    return cache.get_or_set(key, lambda: _tally(rows, filters, edge), KEPT_SECONDS)  # type: ignore[return-value]


def _sample_edge(kind: RepoKind) -> UUID | None:
    """Return the id below which SAMPLE rows of a kind lie, or None if there are no more; ids are random, so they are a fair sample."""
    key = f"sample-edge:{kind}"
    found = cache.get(key)
    if found is None:
        ids = Repo.objects.filter(kind=kind, deleted_at=None).order_by("id").values_list("id", flat=True)
        found = next(iter(ids[SAMPLE : SAMPLE + 1]), "")
        cache.set(key, found, KEPT_SECONDS if found else 1)
    return found or None


def _tally(rows: QuerySet[Repo], filters: Filters, edge: UUID | None) -> Tally:
    """Count rows: one by one where few fit, from a sample where many do."""
    questions = {ALL: filters} | {name: filters.without(name) for name in FIELDS if getattr(filters, name)}
    answers: dict[str, list[Facts]] = {}
    if edge:
        sample = _sampled(rows, filters, edge)
        found = {name: [one for one in sample if one.fits(question)] for name, question in questions.items()}
        answers = {name: facts for name, facts in found.items() if sum(one.count for one in facts) > EXACT}
    estimated = set(answers)
    answers |= _exactly(rows, {name: question for name, question in questions.items() if name not in answers})
    of_facet = {name: name if name in answers else ALL for name in FIELDS}
    counts = {name: _values(name, answers[source], rounded=source in estimated) for name, source in of_facet.items()}
    total = sum(one.count for one in answers[ALL])
    names = frozenset(name for name, source in (*of_facet.items(), (ALL, ALL)) if source in estimated)
    return Tally(_two_digits(total) if ALL in estimated else round(total), counts, names)


def _sampled(rows: QuerySet[Repo], filters: Filters, edge: UUID) -> list[Facts]:
    """Return the facts of the sample that fits but for the facets, each standing for the rows that were not looked at."""
    whole = filters.without(*FIELDS)
    share = edge.int / 2**128
    found = _grouped(rows.filter(fitting(whole), id__lt=edge).values("task", "library", "licence", "languages"))
    return [_facts(row, row["count"] / share) for row in found]


def _exactly(rows: QuerySet[Repo], questions: dict[str, Filters]) -> dict[str, list[Facts]]:
    """Return the facts of all rows that fit each question, in one query."""
    answers: dict[str, list[Facts]] = {name: [] for name in questions}
    parts = [
        _grouped(rows.filter(fitting(question)).values("task", "library", "licence", "languages", question=Value(name)))
        for name, question in questions.items()
    ]
    for row in parts[0].union(*parts[1:], all=True) if parts else ():
        answers[row["question"]].append(_facts(row, row["count"]))
    return answers


def _grouped(rows: Any) -> Any:
    return rows.order_by().annotate(count=Count("id"))


def _facts(row: Mapping[str, Any], count: float) -> Facts:
    return Facts(row["task"], row["library"], row["licence"], tuple(row["languages"]), count)


def _values(name: str, rows: Iterable[Facts], *, rounded: bool) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in rows:
        for value in one.values(name):
            if value:
                counts[value] += one.count  # type: ignore[assignment]
    return {value: _two_digits(count) if rounded else round(count) for value, count in counts.items()}


def _two_digits(count: float) -> int:
    """94,312 -> 94,000: what a sample can tell."""
    whole = round(count)
    return round(whole, 2 - len(str(whole)))
