"""Facets: which values repositories have, and how many have each."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict

from django.core.cache import cache
from django.db.models import Count, F, Func, QuerySet

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
    for name in FIELDS:
        counts = Counter(dict(public[name]))
        if private is not None:
            counts.update(dict(_counts(narrowed(private, kind, filters.without(name)), name)))
        found[name] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:VALUES_LIMIT]
    return found


def _public(kind: RepoKind, filters: Filters) -> dict[str, list[tuple[str, int]]]:
    key = f"facets:{kind}:{hashlib.sha256(repr(asdict(filters)).encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        rows = Repo.objects.filter(kind=kind, deleted_at=None, is_private=False)
        found = {name: _counts(narrowed(rows, kind, filters.without(name)), name) for name in FIELDS}
        cache.set(key, found, KEPT_SECONDS)
    return found


def _counts(rows: QuerySet[Repo], name: str) -> list[tuple[str, int]]:
    field = FIELDS[name]
    value = Func(F(field), function="unnest") if field == "languages" else F(field)
    counted = rows.order_by().values(value=value).annotate(count=Count("id", distinct=False)).order_by("-count", "value")
    return [(row["value"], row["count"]) for row in counted[: VALUES_LIMIT * 2] if row["value"]]


def tags_by_type(actor: Actor, kind: RepoKind) -> dict[str, list[tuple[str, int]]]:
    """Return the facets of a whole kind: what a client may filter by."""
    return facets(actor, kind, Filters())
