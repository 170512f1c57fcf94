"""The first matching rows in an order, searched along the index of that order first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.core.search.providers import Part, union_rows

from ..models import Repo

WALKED = 1000


def first_rows(
    rows: QuerySet[Repo], order: Sequence[str], count: int, *, condition: Q, kinds: Sequence[str]
) -> list[Repo]:
    """Return the first matching rows of some kinds in an order.

    Frequent matches are found within the first thousand rows of the order's index, which is by kind.
    If that does not fill the page, the planner chooses between this index and those of the filters.
    """
    parts, ids = [rows.filter(kind=kind) for kind in kinds], []
    if condition:
        found = _walk_each(parts, order, count, condition, WALKED + 2 * count)
        done = [are_all or len(one) == count for one, are_all in found]
        ids = [id for (one, _are_all), is_done in zip(found, done, strict=True) if is_done for id in one]
        parts = [part for part, is_done in zip(parts, done, strict=True) if not is_done]
    matching = [part.filter(condition) for part in parts]
    if len(kinds) == 1 and matching:
        return list(matching[0].order_by(*order)[:count])
    if matching:
        ids += _ids_of_each(matching, order, count)
    return list(rows.filter(pk__in=ids).order_by(*order)[:count]) if ids else []


def first_ids(
    rows: QuerySet[Repo], order: Sequence[str], count: int, *, condition: Q, walked: int
) -> list[UUID]:
    """Return the ids of the first matching rows in an order, as `first_rows` does."""
    [(ids, are_all)] = _walk_each([rows], order, count, condition, walked)
    if len(ids) == count or are_all:
        return ids
    return list(rows.filter(condition).order_by(*order).values_list("id", flat=True)[:count])


def walk(
    rows: QuerySet[Repo], order: Sequence[str], most: int, *, condition: Q
) -> tuple[str, tuple[Any, ...]]:
    """Return SQL and parameters of a query for the first rows in an order: `id`, and whether it `fits`."""
    return rows.order_by(*order).annotate(fits=condition).values("id", "fits")[:most].query.sql_with_params()


def _walk_each(
    parts: Sequence[QuerySet[Repo]], order: Sequence[str], count: int, condition: Q, most: int
) -> list[tuple[list[UUID], bool]]:
    """Return the matching ids among the first rows of each part, and whether these were all its rows."""
    queries: list[Part] = []
    for number, part in enumerate(parts):
        sql, params = walk(part, order, most, condition=condition)
        first = f"SELECT %s::int, (array_agg(id) FILTER (WHERE fits))[:%s], count(*) FROM ({sql}) AS walked"
        queries.append((first, [number, count, *params]))
    return [(ids or [], seen < most) for _number, ids, seen in sorted(union_rows(queries))]


def _ids_of_each(parts: Sequence[QuerySet[Repo]], order: Sequence[str], count: int) -> list[UUID]:
    """Return the first ids of each part in an order."""
    queries = [part.order_by(*order).values("id")[:count].query.sql_with_params() for part in parts]
    found = union_rows([(f"SELECT id FROM ({sql}) AS part", list(params)) for sql, params in queries])
    return [id for (id,) in found]
