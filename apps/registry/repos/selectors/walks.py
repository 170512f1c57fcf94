"""The first matching rows in an order, searched along the index of that order first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from ..models import Repo

WALKED = 1000


def first_rows(rows: QuerySet[Repo], order: Sequence[str], count: int, *, condition: Q) -> list[Repo]:
    """Return the first matching rows in an order.

    Frequent matches are found within the first thousand rows of the order's index. If that does not fill the
    page, the planner chooses between this index and those of the filters.
    """
    if not condition:
        return list(rows.order_by(*order)[:count])
    ids, are_all = _walk(rows, order, count, condition, WALKED + 2 * count)
    if len(ids) == count or are_all:
        return list(rows.filter(pk__in=ids).order_by(*order)) if ids else []
    return list(rows.filter(condition).order_by(*order)[:count])


def first_ids(
    rows: QuerySet[Repo], order: Sequence[str], count: int, *, condition: Q, walked: int
) -> list[UUID]:
    """Return the ids of the first matching rows in an order, as `first_rows` does."""
    ids, are_all = _walk(rows, order, count, condition, walked)
    if len(ids) == count or are_all:
        return ids
    return list(rows.filter(condition).order_by(*order).values_list("id", flat=True)[:count])


def walk(
    rows: QuerySet[Repo], order: Sequence[str], most: int, *, condition: Q
) -> tuple[str, tuple[Any, ...]]:
    """Return SQL and parameters of a query for the first rows in an order: `id`, and whether it `fits`."""
    return rows.order_by(*order).annotate(fits=condition).values("id", "fits")[:most].query.sql_with_params()


def _walk(
    rows: QuerySet[Repo], order: Sequence[str], count: int, condition: Q, most: int
) -> tuple[list[UUID], bool]:
    """Return the matching ids among the first rows, and whether these were all rows."""
    sql, params = walk(rows, order, most, condition=condition)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (array_agg(id) FILTER (WHERE fits))[:%s], count(*) FROM ({sql}) AS walked",
            [count, *params],
        )
        ids, seen = cursor.fetchone()
    return ids or [], seen < most
