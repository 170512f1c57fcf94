"""Counting the values of several facets over one reading of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from ..models import Repo
from .lists import Filters

FIELDS = {"task": "task", "library": "library", "licence": "licence", "language": "languages"}
# all rows that fit, and all that were read
ALL, READ = "all", "read"


@dataclass(slots=True)
class Tally:
    """How many rows there are, and how many have each value of a facet."""

    total: int = 0
    values: dict[str, int] = field(default_factory=dict)
    is_estimate: bool = False

    def scaled(self, times: float) -> Tally:
        """Return what a sample says of all rows."""
        return Tally(
            two_digits(self.total * times),
            {value: two_digits(count * times) for value, count in self.values.items()},
            True,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """Which facets to count in which rows.

    names   of FIELDS, ALL and READ
    chosen  each facet is counted in the rows that fit these filters but for its own
    """

    rows: QuerySet[Repo]
    names: tuple[str, ...]
    chosen: Filters = field(default_factory=Filters)


def two_digits(count: float) -> int:
    """94,312 -> 94,000: what a sample can tell."""
    whole = round(count)
    return round(whole, 2 - len(str(whole)))


def ask(questions: Iterable[Question]) -> dict[str, Tally]:
    """Return a tally for each facet that was asked for, in one query; each is asked for once."""
    tables, counts, table_values, count_values = [], [], [], []
    tallies = {name: Tally() for question in questions for name in question.names}
    for place, question in enumerate(questions):
        try:
            sql, values = question.rows.values(*FIELDS.values()).query.sql_with_params()
        except EmptyResultSet:
            continue
        tables.append(f"looked_{place} AS MATERIALIZED ({sql})")
        table_values += values
        for part, words in _counts(f"looked_{place}", question):
            counts.append(part)
            count_values += words
    if not tables:
        return tallies
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {', '.join(tables)} {' UNION ALL '.join(counts)}", [*table_values, *count_values]
        )
        for name, value, count in cursor.fetchall():
            if value is None:
                tallies[name].total = count
            elif value:
                tallies[name].values[value] = count
    return tallies


def _counts(table: str, question: Question) -> Iterator[tuple[str, list[Any]]]:
    for name in question.names:
        where, words = _where(question.chosen, name)
        yield f"SELECT %s::text, NULL::text, count(*) FROM {table} {where}", [name, *words]
        if name == "language":
            yield (
                f"SELECT %s, word, count(*) FROM {table}, unnest(languages) AS word {where} GROUP BY word",
                [name, *words],
            )
        elif name in FIELDS:
            yield (
                f"SELECT %s, {FIELDS[name]}, count(*) FROM {table} {where} GROUP BY {FIELDS[name]}",
                [name, *words],
            )


def _where(chosen: Filters, name: str) -> tuple[str, list[str]]:
    """Return the condition of all chosen facets but one."""
    others = {
        other: getattr(chosen, other)
        for other in FIELDS
        if other != name and name != READ and getattr(chosen, other)
    }
    tests = [
        "languages @> ARRAY[%s]::varchar[]" if other == "language" else f"{FIELDS[other]} = %s"
        for other in others
    ]
    return f"WHERE {' AND '.join(tests)}" if tests else "", list(others.values())
