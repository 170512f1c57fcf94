"""Facets: which values repositories have, and how many have each."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Func, QuerySet, Value

from apps.core.actor import Actor

from ..access import visible_to
from ..addresses import RepoKind
from ..models import Repo
from .lists import Filters, narrowed

FIELDS = {"task": "task", "library": "library", "licence": "licence", "language": "languages"}
VALUES_LIMIT = 40
KEPT_SECONDS = 30


def facets(actor: Actor, kind: RepoKind, filters: Filters) -> dict[str, list[tuple[str, int]]]:
    """Return for `task`, `library`, `licence` and `language` the values and their counts, most first.

    Each facet counts what the other filters leave, so that another value of it can be chosen. Public counts are
    kept for some seconds; what only the actor may see is counted each time.
    """
    public = _public(kind, filters)
    private = visible_to(actor).filter(kind=kind, is_private=True) if actor.is_signed_in else None
    found = {}
    own = _counted(private, kind, filters) if private is not None else {}
    for name in FIELDS:
        counts = Counter(dict(public[name]))
        counts.update(dict(own.get(name, ())))
        found[name] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:VALUES_LIMIT]
    return found


def _public(kind: RepoKind, filters: Filters) -> dict[str, list[tuple[str, int]]]:
    key = f"facets:{kind}:{hashlib.sha256(repr(asdict(filters)).encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        rows = Repo.objects.filter(kind=kind, deleted_at=None, is_private=False)
        found = _counted(rows, kind, filters)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _counted(rows: QuerySet[Repo], kind: RepoKind, filters: Filters) -> dict[str, list[tuple[str, int]]]:
    """Return the counts of all facets, in one query."""
    parts = [_counts(narrowed(rows, kind, filters.without(name)), name) for name in FIELDS]
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in FIELDS}
    for row in parts[0].union(*parts[1:], all=True):
        if row["value"]:
            found[row["facet"]].append((row["value"], row["count"]))
    return found


def _counts(rows: QuerySet[Repo], name: str) -> QuerySet[Repo, Any]:
    field = FIELDS[name]
    value = Func(F(field), function="unnest") if field == "languages" else F(field)
    counted = rows.order_by().values(value=value).annotate(count=Count("id"), facet=Value(name)).order_by("-count", "value")
    return counted.values("value", "count", "facet")[: VALUES_LIMIT * 2]
