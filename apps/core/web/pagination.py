"""Cursor pagination: stable while rows are added and removed, without counting."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Model, Q, QuerySet, Value
from django.http import HttpRequest

from apps.core.errors import InvalidCursor
from apps.core.text.storable import is_storable

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    items: list[Row]
    next_cursor: str | None


def encode_cursor(*values: Any) -> str:
    """Return a cursor that holds these values as text; opaque to clients."""
    plain = [
        value.isoformat() if isinstance(value, datetime) else str(value) if value is not None else None
        for value in values
    ]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def cursor_after(row: Model, order: Sequence[str]) -> str:
    """Return the cursor after a row, for lists merged from several querysets."""
    return encode_cursor(*[getattr(row, name.lstrip("-")) for name in order])


def decode_cursor(cursor: str, count: int) -> list[str]:
    """Return the values of a cursor.

    raises  InvalidCursor if it is not the cursor of a list with this number of values
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise InvalidCursor from None
    if (
        not isinstance(values, list)
        or len(values) != count
        or not all(isinstance(value, str) and is_storable(value) for value in values)
    ):
        raise InvalidCursor
    return values


def _after_cursor(model: type[Model], order: Sequence[str], values: Sequence[str]) -> Q | Func:
    """Return the condition for rows after the cursor, in a form that an index scan can start from."""
    names, comparison = [name.lstrip("-") for name in order], "lt" if order[0].startswith("-") else "gt"
    is_one_way, are_fields = (
        len({name.startswith("-") for name in order}) == 1,
        set(names) <= {one.name for one in model._meta.fields},
    )
    if is_one_way and are_fields:
        return _row_beyond(model, names, values, "<" if comparison == "lt" else ">")
    condition = Q()
    for index, name in enumerate(order):
        equal = dict(zip(names[:index], values, strict=False))
        condition |= Q(
            **equal, **{f"{names[index]}__{'lt' if name.startswith('-') else 'gt'}": values[index]}
        )
    return Q(**{f"{names[0]}__{comparison}e": values[0]}) & condition


def _row_beyond(model: type[Model], names: Sequence[str], values: Sequence[str], sign: str) -> Func:
    """Return the row comparison `(a, b) < (x, y)`, one index descent in PostgreSQL."""
    fields = [model._meta.get_field(name) for name in names]
    bounds = [
        Value(value, output_field=field)  # type: ignore[arg-type]
        for value, field in zip(values, fields, strict=True)
    ]
    sides = [
        Func(*side, template="(%(expressions)s)", output_field=BooleanField())
        for side in ([F(name) for name in names], bounds)
    ]
    return Func(*sides, template="%(expressions)s", arg_joiner=f" {sign} ", output_field=BooleanField())


def _first_rows(rows: QuerySet[Row], order: Sequence[str], count: int) -> list[Row]:
    return list(rows.order_by(*order)[:count])


def next_link(request: HttpRequest, cursor: str, path: str = "") -> str:
    """Return the Link header of the next page.

    path    of the next page, by default that of the request
    source  RFC 8288
    """
    query = request.GET.copy()
    query["cursor"] = cursor
    url = request.build_absolute_uri(f"{path or request.path}?{query.urlencode()}")
    return f'<{url}>; rel="next"'


def page_by_cursor(
    rows: QuerySet[Row],
    *,
    order: Sequence[str],
    cursor: str | None,
    limit: int,
    take: Callable[[QuerySet[Row], Sequence[str], int], list[Row]] = _first_rows,
) -> Page[Row]:
    """Return one page of a queryset.

    order   field names (a leading - descends); the last is unique, none is nullable
    take    replaces the query for the first rows, for lists with a faster plan
    raises  InvalidCursor
    """
    values = decode_cursor(cursor, len(order)) if cursor else None
    try:
        if values:
            rows = rows.filter(_after_cursor(rows.model, order, values))
        found = take(rows, order, limit + 1)
    except (ValueError, TypeError, ValidationError) as error:
        raise InvalidCursor from error
    items = found[:limit]
    last = items[-1] if len(found) > limit else None
    return Page(items, cursor_after(last, order) if last else None)
