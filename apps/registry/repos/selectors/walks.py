"""The first rows of an order that fit: at a cost that does not grow with the site, whatever the filters are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField, DurationField, F, OrderBy, Q, QuerySet, Value
from django.db.models.expressions import CombinedExpression

from ..models import Repo

WALKED = 1000


def first_rows(rows: QuerySet[Repo], order: Sequence[str], count: int, *, fitting: Q) -> list[Repo]:
    """Return the first rows of an order that fit.

    What fits often is met within the first thousands of rows. What fits seldom is few rows: an index over the facts finds
    them, and they are sorted. Left to itself the planner guesses which it is, and walks every row where filters that it
    takes for independent exclude each other.
    """
    if not fitting:
        return list(rows.order_by(*order)[:count])
    ids, are_all = _walk(rows, order, count, fitting, WALKED + 2 * count)
    if len(ids) == count or are_all:
        return list(rows.filter(pk__in=ids).order_by(*order)) if ids else []
    return list(rows.filter(fitting).order_by(*_beside_the_index(order))[:count])


def first_ids(
    rows: QuerySet[Repo], order: Sequence[str], count: int, *, fitting: Q, walked: int
) -> list[UUID]:
    """Return the ids of the first rows of an order that fit, as `first_rows` does."""
    ids, are_all = _walk(rows, order, count, fitting, walked)
    if len(ids) == count or are_all:
        return ids
    return list(rows.filter(fitting).order_by(*_beside_the_index(order)).values_list("id", flat=True)[:count])


def walk(rows: QuerySet[Repo], order: Sequence[str], most: int, *, fitting: Q) -> tuple[str, tuple[Any, ...]]:
    """Return the text and the values of a query for the first rows of an order: `id`, and whether it `fits`."""
    return rows.order_by(*order).annotate(fits=fitting).values("id", "fits")[:most].query.sql_with_params()


def _walk(
    rows: QuerySet[Repo], order: Sequence[str], count: int, fitting: Q, most: int
) -> tuple[list[UUID], bool]:
    """Return the ids that fit among the first rows, and whether these were all rows."""
    sql, params = walk(rows, order, most, fitting=fitting)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (array_agg(id) FILTER (WHERE fits))[:%s], count(*) FROM ({sql}) AS walked",
            [count, *params],
        )
        ids, seen = cursor.fetchone()
    return ids or [], seen < most


def _beside_the_index(order: Sequence[str]) -> list[Any]:
    """Return the same order in words that no index has, so that rows are found by what they fit."""
    first, descends = order[0].lstrip("-"), order[0].startswith("-")
    field = Repo._meta.get_field(first)
    nothing = (
        Value(timedelta(0), output_field=DurationField()) if isinstance(field, DateTimeField) else Value(0)
    )
    return [
        OrderBy(
            CombinedExpression(F(first), "+", nothing, output_field=field),  # type: ignore[arg-type]
            descending=descends,
        ),
        *order[1:],
    ]
