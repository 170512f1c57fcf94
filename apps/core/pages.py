"""Pages of a list by cursor: stable while rows come and go, no counting."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from .errors import BadRequest

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    items: list[Row]
    next_cursor: str | None


def _encode(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else str(value) if value is not None else None for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _decode(cursor: str, count: int) -> list[str]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise BadRequest("The cursor is not valid.") from None
    if not isinstance(values, list) or len(values) != count or not all(isinstance(value, str) and "\0" not in value for value in values):
        raise BadRequest("The cursor is not valid.")
    return values


def _after(order: Sequence[str], values: Sequence[str]) -> Q:
    """Rows that come after the cursor's row in the order given."""
    condition = Q()
    for index, name in enumerate(order):
        equal = {order[earlier].lstrip("-"): values[earlier] for earlier in range(index)}
        comparison = "lt" if name.startswith("-") else "gt"
        condition |= Q(**equal, **{f"{name.lstrip('-')}__{comparison}": values[index]})
    return condition


def page_by_cursor(rows: QuerySet[Row], *, order: Sequence[str], cursor: str | None, limit: int) -> Page[Row]:
    """Return one page of a queryset.

    order   field names (a leading - descends); the last must be unique, none may be null
    raises  BadRequest if the cursor is not one of ours
    """
    values = _decode(cursor, len(order)) if cursor else None
    try:
        if values:
            rows = rows.filter(_after(order, values))
        found = list(rows.order_by(*order)[: limit + 1])
    except (ValueError, TypeError, ValidationError) as error:
        raise BadRequest("The cursor is not valid.") from error
    items = found[:limit]
    last = items[-1] if len(found) > limit else None
    return Page(items, _encode([getattr(last, name.lstrip("-")) for name in order]) if last else None)
