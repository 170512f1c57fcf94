"""Facets of a list: the values of each filter with their counts, and the total."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import CharField, Count, F, Func, QuerySet, Value
from django.db.models.functions import Cast

from apps.core.actor import Actor
from apps.core.cache import CachedValue

from ..access import private_to
from ..addresses import RepoKind
from ..models import Repo
from .lists import Filters, filter_condition

FIELDS = {"task": "task", "library": "library", "license": "license", "language": "languages"}
VALUES_LIMIT = 40
# exact counts up to this bound; see docs/decisions/0015-large-counts-are-bounded.md
BOUND = 10_000
# smaller counts are cheap, so they are computed for each request and never stale
CACHED_FROM = 1_000
TOTAL = "total"
Values = dict[str, int]


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How many repositories match.

    total   None for more than BOUND
    values  facet -> value -> count; a facet is absent if the other filters leave more than BOUND repositories
    """

    total: int | None
    values: dict[str, Values]


@dataclass(frozen=True, slots=True)
class RepoFacets:
    """What the list page shows.

    total   None for more than BOUND
    values  facet -> (value, count), most frequent first; no counts if the other filters leave more than
            BOUND repositories
    """

    total: int | None
    values: dict[str, list[tuple[str, int | None]]]


COUNTS = CachedValue("facets", FacetCounts, seconds=30, version=3)
VOCABULARY = CachedValue("facet-values", dict[str, list[str]], seconds=3600, version=2)


def facets(actor: Actor, kind: RepoKind, filters: Filters) -> RepoFacets:
    """Return the facets of the repositories that an actor may see.

    Each facet is counted under the other filters only, so that its other values remain selectable.
    """
    parts = [_public_counts(kind, filters)]
    if actor.roles:
        parts.append(_count(private_to(actor).filter(kind=kind), filters))
    values: dict[str, list[tuple[str, int | None]]] = {}
    for name in FIELDS:
        if all(name in part.values for part in parts):
            counts = sum((Counter(part.values[name]) for part in parts), Counter[str]())
            values[name] = list(_most_frequent(counts).items())
        else:
            values[name] = [(value, None) for value in _vocabulary(kind)[name]]
    totals = [part.total for part in parts if part.total is not None]
    total = sum(totals) if len(totals) == len(parts) and sum(totals) <= BOUND else None
    return RepoFacets(total, values)


def _public(kind: RepoKind) -> QuerySet[Repo]:
    return Repo.objects.filter(kind=kind, deleted_at=None, is_private=False)


def _public_counts(kind: RepoKind, filters: Filters) -> FacetCounts:
    key = (kind, hashlib.sha256(repr(asdict(filters)).encode()).hexdigest())
    counts = COUNTS.get(*key)
    if counts is None:
        counts = _count(_public(kind), filters)
        if counts.total is None or counts.total >= CACHED_FROM:
            COUNTS.set(counts, *key)
    return counts


def _count(rows: QuerySet[Repo], filters: Filters) -> FacetCounts:
    """Count in at most three queries: what exceeds the bound, filtered facets, the other facets."""
    narrowed = [name for name in FIELDS if getattr(filters, name)]
    matching = rows.filter(filter_condition(filters))
    without = {name: rows.filter(filter_condition(filters.without(name))) for name in narrowed}
    over = _over_bound({TOTAL: matching, **without})
    groups = {name: _group_by_value(without[name], name) for name in narrowed if name not in over}
    values = _values_of(groups)
    if TOTAL in over:
        return FacetCounts(None, values)
    total, together = _count_together(matching, [name for name in FIELDS if name not in narrowed])
    return FacetCounts(total, values | together)


def _over_bound(querysets: Mapping[str, QuerySet[Repo]]) -> set[str]:
    """Return the names of the querysets that hold more than BOUND rows."""
    probes = [
        rows.order_by().values_list(Value(name, output_field=CharField()))[BOUND : BOUND + 1]
        for name, rows in querysets.items()
    ]
    return {name for (name,) in _union(probes)}


def _group_by_value(rows: QuerySet[Repo], name: str) -> QuerySet[Repo, Any]:
    """Return (facet, value, count) for each value of one facet."""
    value: Any = F(FIELDS[name])
    if name == "language":
        value = Func(value, function="unnest", output_field=CharField())
    return (
        rows.order_by()
        .values(facet=Value(name, output_field=CharField()), value=Cast(value, CharField()))
        .annotate(count=Count("pk"))
        .values_list("facet", "value", "count")
    )


def _values_of(groups: Mapping[str, QuerySet[Repo, Any]]) -> dict[str, Values]:
    values: dict[str, Values] = {name: {} for name in groups}
    for name, value, count in _union(list(groups.values())):
        if value:
            values[name][value] = count
    return {name: _most_frequent(counts) for name, counts in values.items()}


def _count_together(rows: QuerySet[Repo], names: Iterable[str]) -> tuple[int, dict[str, Values]]:
    """Count rows and the values of several facets in one query."""
    total, values = 0, {name: Counter[str]() for name in names}
    fields = [FIELDS[name] for name in values]
    for *found, count in (
        rows.order_by().values(*fields).annotate(count=Count("pk")).values_list(*fields, "count")
    ):
        total += count
        for name, value in zip(values, found, strict=True):
            for one in value if name == "language" else [value]:
                values[name][one] += count
    return total, {name: _most_frequent(counts) for name, counts in values.items()}


def _union(querysets: list[QuerySet[Repo, Any]]) -> Iterable[Any]:
    if not querysets:
        return []
    first, *others = querysets
    return first.union(*others, all=True) if others else first


def _most_frequent(counts: Mapping[str, int]) -> Values:
    pairs = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict([pair for pair in pairs if pair[0]][:VALUES_LIMIT])


def _vocabulary(kind: RepoKind) -> dict[str, list[str]]:
    """Return the most frequent values of each facet among all public repositories of a kind."""
    values = VOCABULARY.get(kind)
    if values is None:
        counts = _values_of({name: _group_by_value(_public(kind), name) for name in FIELDS})
        values = {name: list(counts[name]) for name in FIELDS}
        VOCABULARY.set(values, kind)
    return values
