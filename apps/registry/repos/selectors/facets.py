"""Facets: which values repositories have, how many have each, and how many there are."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.core.cache import CachedValue

from ..access import private_to
from ..addresses import RepoKind
from ..models import Repo
from .lists import Filters, fitting
from .tallies import ALL, FIELDS, READ, Question, Tally, ask

VALUES_LIMIT = 40
KEPT_SECONDS = 30
TALLIES = CachedValue("facets", dict[str, Tally], seconds=KEPT_SECONDS)
EDGES = CachedValue("sample-edge", UUID, seconds=KEPT_SECONDS, dump=str)
# up to about EXACT rows are counted one by one; of more, SAMPLE rows of the kind are looked at
EXACT, SAMPLE = 1000, 4000


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """What a list holds.

    facets      for each of FIELDS its values with their counts, most first
    estimated   those of FIELDS, and ALL for the total, that were estimated from a sample
    """

    total: int
    facets: dict[str, list[tuple[str, int]]]
    estimated: frozenset[str]


def facets(actor: Actor, kind: RepoKind, filters: Filters) -> dict[str, list[tuple[str, int]]]:
    """Return for `task`, `library`, `licence` and `language` the values and their counts, most first."""
    return counted(actor, kind, filters).facets


def counted(actor: Actor, kind: RepoKind, filters: Filters) -> FacetCounts:
    """Count what an actor may read and what fits.

    Each facet counts what the other filters leave, so that another value of it can be chosen. On a large site, counts of
    what everybody may read are kept for some seconds; what only the actor may see is counted each time.
    """
    edge = _sample_edge(kind)
    found = [_public(kind, filters, edge)]
    if actor.roles:
        found.append(_own(private_to(actor).filter(kind=kind), filters, edge))
    values: dict[str, list[tuple[str, int]]] = {}
    for name in FIELDS:
        counts = sum((Counter(tallies[name].values) for tallies in found), Counter())
        values[name] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:VALUES_LIMIT]
    estimated = frozenset(name for tallies in found for name, tally in tallies.items() if tally.is_estimate)
    return FacetCounts(sum(tallies[ALL].total for tallies in found), values, estimated)


def _public(kind: RepoKind, filters: Filters, edge: UUID | None) -> Mapping[str, Tally]:
    rows = Repo.objects.filter(kind=kind, deleted_at=None, is_private=False)
    if edge is None:
        return _read_whole(rows, filters)
    name = (kind, hashlib.sha256(repr(asdict(filters)).encode()).hexdigest())
    found = TALLIES.get(*name)
    if found is None:
        found = _tallies(rows, filters, edge)
        TALLIES.set(found, *name)
    return found


def _sample_edge(kind: RepoKind) -> UUID | None:
    """Return the id below which SAMPLE rows of a kind lie, or None if there are no more; ids are random, so they are a fair sample."""
    found = EDGES.get(kind)
    if found is None:
        ids = Repo.objects.filter(kind=kind, deleted_at=None).order_by("id").values_list("id", flat=True)
        found = next(iter(ids[SAMPLE : SAMPLE + 1]), None)
        if found:
            EDGES.set(found, kind)
    return found


def _own(rows: QuerySet[Repo], filters: Filters, edge: UUID | None) -> Mapping[str, Tally]:
    """Count what is private to the actor: mostly few rows, read once."""
    if edge is None:
        return _read_whole(rows, filters)
    found = _read_whole(rows, filters, most=EXACT + 1)
    return found if found[READ].total <= EXACT else _tallies(rows, filters, edge)


def _read_whole(rows: QuerySet[Repo], filters: Filters, most: int | None = None) -> dict[str, Tally]:
    return ask(
        [
            Question(
                rows.filter(fitting(filters.without(*FIELDS)))[:most], (READ, ALL, *FIELDS), chosen=filters
            )
        ]
    )


def _tallies(rows: QuerySet[Repo], filters: Filters, edge: UUID) -> dict[str, Tally]:
    """Count rows for each facet: one by one where few fit, from a sample where many do."""
    sample = Question(
        rows.filter(fitting(filters.without(*FIELDS)), id__lt=edge), (ALL, *FIELDS), chosen=filters
    )
    share = edge.int / 2**128
    guesses = {name: tally.scaled(1 / share) for name, tally in ask([sample]).items()}
    few = [name for name, tally in guesses.items() if tally.total <= EXACT]
    return guesses | ask(_questions(rows, filters, few))


def _questions(rows: QuerySet[Repo], filters: Filters, names: Iterable[str]) -> list[Question]:
    """Return what to ask for some facets: those that no filter narrows share one set of rows."""
    narrowed = [name for name in names if name != ALL and getattr(filters, name)]
    together = tuple(name for name in names if name not in narrowed)
    questions = [Question(rows.filter(fitting(filters.without(name))), (name,)) for name in narrowed]
    return [Question(rows.filter(fitting(filters)), together), *questions] if together else questions
