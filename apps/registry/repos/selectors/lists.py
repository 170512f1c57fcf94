"""Lists of repositories: filters, sort orders, pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import and_
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.array import ArrayContains  # type: ignore[attr-defined]
from django.db.models import F, Func, Q, QuerySet, TextField
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import BadRequest
from apps.core.web.pagination import Page, decode_cursor, encode_cursor, page_by_cursor

from ..access import visible_to
from ..addresses import RepoKind
from ..models import Repo
from .walks import first_rows

WORDS_LIMIT = 8
FILTERS_LIMIT = 32
# each matches an index, so that a page starts with one index lookup; the id makes cursors unambiguous
ORDERS = {
    "updated": ("-updated_at", "-id"),
    "created": ("-created_at", "-id"),
    "downloads": ("-downloads", "-updated_at", "-id"),
    "likes": ("-likes", "-updated_at", "-id"),
    "trending": ("-likes", "-updated_at", "-id"),
    "parameters": ("parameters", "id"),
    "most_parameters": ("-parameters", "-id"),
}
# unknown values come last in either direction
NULLABLE = "parameters"
# no repository has these ids
BOUND_IDS = {"id": str(UUID(int=0)), "-id": str(UUID(int=2**128 - 1))}
UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
NUMBER = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)([KMBT]?)")


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a list; empty values match everything.

    search          casefolded words that the address must contain
    tags            all are required
    min_parameters  inclusive, as is max_parameters
    """

    search: tuple[str, ...] = ()
    author: str = ""
    tags: tuple[str, ...] = ()
    task: str = ""
    library: str = ""
    license: str = ""
    language: str = ""
    base_model: str = ""
    dataset: str = ""
    min_parameters: int | None = None
    max_parameters: int | None = None
    is_gated: bool | None = None

    def without(self, *names: str) -> Filters:
        changed: dict[str, Any] = dict.fromkeys(names, "")
        return replace(self, **changed)


def search_words(text: str) -> tuple[str, ...]:
    """Return the casefolded words of a search."""
    return tuple(text.casefold().split()[:WORDS_LIMIT])


def parameter_range(text: str) -> tuple[int | None, int | None]:
    """Parse `min:6B,max:128B` (raises BadRequest)."""
    bounds: dict[str, int] = {}
    for part in text.split(","):
        word, _colon, value = part.strip().partition(":")
        found = NUMBER.fullmatch(value.strip().upper())
        if word not in ("min", "max") or not found:
            raise BadRequest(_("Enter a range of parameters like min:6B,max:128B."))
        bounds[word] = int(float(found[1]) * UNITS[found[2]])
    return bounds.get("min"), bounds.get("max")


def parse_filters(*, search: str = "", size: str = "", tags: Iterable[str] = (), **exact: str) -> Filters:
    """Return the filters of a request, whose protocol names the parameters.

    search  words
    size    a range of parameters, like min:6B,max:128B
    exact   author, task, library and the like, by their names in Filters
    raises  BadRequest if the range is not valid
    """
    low, high = parameter_range(size) if size else (None, None)
    fields: dict[str, Any] = exact
    return Filters(
        search=search_words(search),
        tags=tuple(dict.fromkeys(tags)),
        min_parameters=low,
        max_parameters=high,
        **fields,
    )


def repos_matching(actor: Actor, kind: RepoKind, filters: Filters) -> QuerySet[Repo]:
    """Return the repositories of a kind that an actor may see and that match the filters."""
    return visible_to(actor).filter(filter_condition(filters), kind=kind)


def filter_condition(filters: Filters) -> Q:
    """Return the filters as one condition; empty if there are none."""
    parts = [_address_contains(word) for word in filters.search]
    if filters.tags:
        parts.append(Q(tags__contains=list(filters.tags[:FILTERS_LIMIT])))
    exact = {
        "namespace__key": filters.author.casefold(),
        "task": filters.task,
        "library": filters.library,
        "license": filters.license,
    }
    parts += [Q(**{name: value}) for name, value in exact.items() if value]
    lists = {"languages": filters.language, "base_models": filters.base_model, "datasets": filters.dataset}
    parts += [Q(**{f"{name}__contains": [value]}) for name, value in lists.items() if value]
    parts += {True: [~Q(gating="")], False: [Q(gating="")], None: []}[filters.is_gated]
    bounds = {"gte": filters.min_parameters, "lte": filters.max_parameters}
    parts += [Q(**{f"parameters__{side}": value}) for side, value in bounds.items() if value is not None]
    return reduce(and_, parts, Q())


def _address_contains(word: str) -> Q:
    """Return a condition that can use an index; two characters are too short for trigrams."""
    if len(word) != 2:
        return Q(address_key__contains=word)
    pairs = Func(F("address_key"), function="search_pairs", output_field=ArrayField(TextField()))
    return Q(address_key__contains=word) & Q(ArrayContains(pairs, [word]))


def list_repos(
    actor: Actor,
    kind: RepoKind,
    filters: Filters,
    *,
    order: str = "trending",
    cursor: str | None = None,
    limit: int = 30,
) -> Page[Repo]:
    """Return a page of repositories of a kind with their namespaces.

    order   key of ORDERS
    raises  BadRequest for an unknown order or a bad cursor
    """
    if order not in ORDERS:
        raise BadRequest(_("Choose one of these sort orders: %(words)s.") % {"words": ", ".join(ORDERS)})
    return list_in_order(actor, [kind], filters, ORDERS[order], cursor=cursor, limit=limit)


def list_in_order(
    actor: Actor,
    kinds: Sequence[RepoKind],
    filters: Filters,
    order: Sequence[str],
    *,
    cursor: str | None,
    limit: int,
) -> Page[Repo]:
    """Return a page of repositories of some kinds with their namespaces, in one to five queries.

    order   a value of ORDERS, or its reverse
    raises  BadRequest for a bad cursor
    """
    rows = visible_to(actor)
    take = partial(first_rows, condition=filter_condition(filters), kinds=kinds)
    if order[0].lstrip("-") == NULLABLE:
        return _page_with_unknown_last(rows, order, cursor=cursor, limit=limit, take=take)
    return page_by_cursor(rows, order=order, cursor=cursor, limit=limit, take=take)


def _page_with_unknown_last(
    rows: QuerySet[Repo], order: Sequence[str], *, cursor: str | None, limit: int, take: Callable[..., Any]
) -> Page[Repo]:
    """Return a page whose first rows have a value to sort by; the cursor among the others is their id."""
    known: list[Repo] = []
    by_id = order[1:]
    if not cursor or not _has_values(cursor, len(by_id)):
        page = page_by_cursor(
            rows.exclude(**{NULLABLE: None}), order=order, cursor=cursor, limit=limit, take=take
        )
        if page.next_cursor:
            return page
        known, cursor = page.items, encode_cursor(BOUND_IDS[by_id[0]])
    left = limit - len(known)
    others = page_by_cursor(
        rows.filter(**{NULLABLE: None}),
        order=by_id,
        cursor=cursor,
        limit=max(left, 1),
        take=lambda found, _order, count: take(found, order, count),
    )
    if left:
        return Page([*known, *others.items], others.next_cursor)
    return Page(known, cursor if others.items else None)


def _has_values(cursor: str, count: int) -> bool:
    try:
        return len(decode_cursor(cursor, count)) == count
    except BadRequest:
        return False
