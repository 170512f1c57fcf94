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
PUBLIC, PRIVATE = "public", "private"
# part of the repositories (public, private), and a facet or TOTAL
Key = tuple[str, str]


def facets(actor: Actor, kind: RepoKind, filters: Filters) -> RepoFacets:
    """Return the facets of the repositories that an actor may see.

    Each facet is counted under the other filters only, so that its other values remain selectable.
    """
    parts = _count_parts(actor, kind, filters)
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


def _count_parts(actor: Actor, kind: RepoKind, filters: Filters) -> list[FacetCounts]:
    """Return the counts of public repositories, cached if they are large, and of private ones."""
    key = (kind, hashlib.sha256(repr(asdict(filters)).encode()).hexdigest())
    public = COUNTS.get(*key)
    parts = {} if public else {PUBLIC: _public(kind)}
    if actor.roles:
        parts[PRIVATE] = private_to(actor).filter(kind=kind)
    counts = _count(parts, filters)
    fresh = counts.get(PUBLIC)
    if fresh and (fresh.total is None or fresh.total >= CACHED_FROM):
        COUNTS.set(fresh, *key)
    return [*([public] if public else []), *counts.values()]


def _count(parts: Mapping[str, QuerySet[Repo]], filters: Filters) -> dict[str, FacetCounts]:
    """Count all parts in at most three queries: what exceeds the bound, filtered facets, the other facets."""
    filtered = [name for name in FIELDS if getattr(filters, name)]
    matching = {part: rows.filter(filter_condition(filters)) for part, rows in parts.items()}
    without = {
        (part, name): rows.filter(filter_condition(filters.without(name)))
        for part, rows in parts.items()
        for name in filtered
    }
    over = _over_bound({**{(part, TOTAL): rows for part, rows in matching.items()}, **without})
    values = _count_values({key: rows for key, rows in without.items() if key not in over})
    bounded = {part: rows for part, rows in matching.items() if (part, TOTAL) not in over}
    totals, others = _count_together(bounded, [name for name in FIELDS if name not in filtered])
    values |= others
    return {
        part: FacetCounts(
            totals.get(part), {name: found for (owner, name), found in values.items() if owner == part}
        )
        for part in parts
    }


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def _over_bound(querysets: Mapping[Key, QuerySet[Repo]]) -> set[Key]:
    """Return the keys of the querysets that hold more than BOUND rows."""
    probes = [
        rows.order_by().values_list(_text(part), _text(name))[BOUND : BOUND + 1]
        for (part, name), rows in querysets.items()
    ]
    return set(_union(probes))


def _group_by_value(rows: QuerySet[Repo], part: str, name: str) -> QuerySet[Repo, Any]:
    """Return (part, facet, value, count) for each value of one facet."""
    value: Any = F(FIELDS[name])
    if name == "language":
        value = Func(value, function="unnest", output_field=CharField())
    return (
        rows.order_by()
        .values(part=_text(part), facet=_text(name), value=Cast(value, CharField()))
        .annotate(count=Count("pk"))
        .values_list("part", "facet", "value", "count")
    )


def _count_values(querysets: Mapping[Key, QuerySet[Repo]]) -> dict[Key, Values]:
    """Count the values of one facet in each queryset."""
    values: dict[Key, Values] = {key: {} for key in querysets}
    for part, name, value, count in _union([_group_by_value(rows, *key) for key, rows in querysets.items()]):
        if value:
            values[part, name][value] = count
    return {key: _most_frequent(counts) for key, counts in values.items()}


def _count_together(
    parts: Mapping[str, QuerySet[Repo]], names: list[str]
) -> tuple[dict[str, int], dict[Key, Values]]:
    """Count the rows of each part and the values of several facets in one query."""
    totals = dict.fromkeys(parts, 0)
    values = {(part, name): Counter[str]() for part in parts for name in names}
    fields = [FIELDS[name] for name in names]
    queries = [
        rows.order_by()
        .values(*fields, part=_text(part))
        .annotate(count=Count("pk"))
        .values_list("part", "count", *fields)
        for part, rows in parts.items()
    ]
    for part, count, *found in _union(queries):
        totals[part] += count
        for name, value in zip(names, found, strict=True):
            for one in value if name == "language" else [value]:
                values[part, name][one] += count
    return totals, {key: _most_frequent(counts) for key, counts in values.items()}


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
        counts = _count_values({(PUBLIC, name): _public(kind) for name in FIELDS})
        values = {name: list(counts[PUBLIC, name]) for name in FIELDS}
        VOCABULARY.set(values, kind)
    return values
