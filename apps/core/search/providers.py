"""What can be searched: each app puts its shelf up in its `search.py`, which is found at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, Protocol

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from apps.core.actor import Actor

from .words import SearchQuery, word_terms

Part = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of thing.  icon  a name of the sprite; one, many  the words for it"""

    key: str
    one: Any
    many: Any
    icon: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found, and that the reader may see.

    facts           what only its app knows of it
    facts_template  the fragment that shows them, with `hit` as its input
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
    """Things of one table. Every answer holds only what the actor may see."""

    @property
    def tabs(self) -> Sequence[Tab]: ...

    def counts(self, actor: Actor, query: SearchQuery, most: int) -> Mapping[str, int]:
        """Return for each tab by its key how many fit, or `most` if they are more."""

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        """Return those that fit from a place on, best first.

        total  how many there are, as far as they were counted
        """

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        """Return texts that a text search query finds."""


_providers: list[tuple[int, SearchProvider]] = []


def register_provider(provider: SearchProvider, *, place: int) -> SearchProvider:
    """Offer things to the search of everything.

    place  where its tabs and results come: the lowest is first
    """
    if provider not in providers():
        _providers.append((place, provider))
    return provider


def providers() -> list[SearchProvider]:
    """Return all providers, in the order of their places."""
    return [provider for _place, provider in sorted(_providers, key=itemgetter(0))]


def matches_terms(terms: str, where: Any = "terms") -> Q:
    """Return the condition that a text search vector fits a query.

    where  a field or an expression
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
    """Return the condition that a row holds every word, as a word or, from three letters on, as a part of a name.

    part_of  the field of the name, without case, which has trigrams
    """
    condition = Q()
    for word in query.words:
        held = matches_terms(word_terms(word), where)
        condition &= held | Q(**{f"{part_of}__contains": word}) if len(word) > 2 and word.isascii() else held
    return condition


def capped_count(most: int, key: str, rows: QuerySet[Any]) -> Part:
    """Return the part of a query that counts rows and reads no more than `most`."""
    sql, values = rows.order_by().values("pk")[:most].query.sql_with_params()
    return f"SELECT %s::text, count(*) FROM ({sql}) AS counted", [key, *values]


def union_rows(parts: Sequence[Part]) -> list[tuple[Any, ...]]:
    """Return the rows of all parts, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(sql for sql, _values in parts),
            [value for _sql, values in parts for value in values],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
