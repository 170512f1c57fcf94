"""Search providers: each app declares its own, from `search.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from apps.core.actor import Actor
from apps.core.declaration import declared

from .words import SearchQuery, word_terms

Part = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of result.

    one, many  its name, singular and plural
    icon       name in the sprite
    """

    key: str
    one: Any
    many: Any
    icon: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result that the actor may see.

    facts           fields specific to its app
    facts_template  fragment that shows them; its input is `hit`
    """

    tab: Tab
    href: str
    name: str
    title: str = ""
    about: str = ""
    is_private: bool = False
    updated_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    facts_template: str = ""


class SearchProvider(Protocol):
    """Searches one table, limited to what the actor may see.

    order  place of its tabs and results, lowest first
    """

    @property
    def tabs(self) -> Sequence[Tab]: ...

    @property
    def order(self) -> int: ...

    def counts(self, actor: Actor, query: SearchQuery, most: int) -> Mapping[str, int]:
        """Return the number of matches by tab key, at most `most`."""

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        """Return `count` matches from `start`, best first.

        total  the number of matches that `counts` returned
        """

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        """Return texts that match a tsquery."""


def providers() -> list[SearchProvider]:
    """Return the providers of all apps, in the order of their tabs and results."""
    declarations = cast("Sequence[SearchProvider]", declared().search_providers)
    return sorted(declarations, key=attrgetter("order"))


def matches_terms(terms: str, where: Any = "terms") -> Q:
    """Return the condition that a tsvector matches a tsquery.

    where  field or expression
    """
    vector = F(where) if isinstance(where, str) else where
    return Q(
        Func(
            vector,
            Value(terms),
            template="(%(expressions)s::tsquery)",
            arg_joiner=" @@ ",
            output_field=BooleanField(),
        )
    )


def matches_query(query: SearchQuery, *, where: Any = "terms", part_of: str) -> Q:
    """Return the condition that a row matches every word, or contains it in its name if it has three letters.

    part_of  the lower-case name field, which has a trigram index
    """
    condition = Q()
    for word in query.words:
        match = matches_terms(word_terms(word), where)
        condition &= (
            match | Q(**{f"{part_of}__contains": word}) if len(word) > 2 and word.isascii() else match
        )
    return condition


def capped_count(most: int, key: str, rows: QuerySet[Any]) -> Part:
    """Return a query part that counts rows, reading at most `most`."""
    try:
        sql, values = rows.order_by().values("pk")[:most].query.sql_with_params()
    except EmptyResultSet:
        # Django sees that nothing can match, such as without a place that the reader may see
        return "SELECT %s::text, 0", [key]
    return f"SELECT %s::text, count(*) FROM ({sql}) AS counted", [key, *values]


def union_rows(parts: Sequence[Part]) -> list[tuple[Any, ...]]:
    """Return the rows of all parts in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(sql for sql, _values in parts),
            [value for _sql, values in parts for value in values],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
