"""Search for repositories."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Ln

from apps.core.actor import Actor
from apps.core.search.providers import (
    Hit,
    Part,
    SearchProvider,
    Tab,
    matches_query,
    matches_terms,
    union_rows,
)
from apps.core.search.selectors import MOST, SHOWN
from apps.core.search.words import SearchQuery, fold

from .access import visible_to
from .kinds import LABELS
from .models import Repo
from .selectors.walks import first_ids, walk

TABS = tuple(Tab(kind.value, kind.label, labels.title, kind.value) for kind, labels in LABELS.items())
# for very frequent words only these are ranked: names with that prefix, and the most downloaded
NAMES, WALKED = 100, 1000
# after NEAR matches on the first walk a longer walk of FAR rows is faster than reading the word index
NEAR, FAR = 50, 4000
BY_DOWNLOADS = ("-downloads", "-updated_at", "-id")


def relevance(query: SearchQuery) -> Any:
    """Return the rank of a row by its name, title and downloads."""
    all_in_name = Q()
    for word in query.words:
        all_in_name &= Q(key__contains=fold(word))
    tiers = Case(
        When(Q(key=query.key) | Q(address_key=query.key) | Q(title__iexact=query.text), then=8.0),
        When(Q(key__startswith=query.key) | Q(title__istartswith=query.text), then=4.0),
        When(all_in_name | Q(title__icontains=query.text), then=2.0),
        default=0.0,
        output_field=FloatField(),
    )
    popular = Ln(Cast(F("downloads"), FloatField()) + Value(1.0)) / Value(10.0)
    return tiers + Cast(TrigramSimilarity("key", query.key), FloatField()) + popular


class RepoSearchProvider(SearchProvider):
    tabs = TABS
    order = 10

    def _rows(self, actor: Actor, tab_key: str) -> QuerySet[Repo]:
        return visible_to(actor).filter(kind=tab_key)

    def counts(self, actor: Actor, query: SearchQuery, most: int) -> dict[str, int]:
        """Count the matches of each kind, up to `most`.

        Frequent words are counted on a walk along the download order, others by the word index.
        """
        condition = question_condition(query)
        rows = {tab.key: self._rows(actor, tab.key) for tab in TABS}
        walked = union_rows([_walk_query(key, of_kind, condition) for key, of_kind in rows.items()])
        found = {key: min(most, count) for key, seen, count in walked if count >= most or seen < WALKED}
        rest = [
            _count_query(most, key, rows[key], condition, is_near=count >= NEAR)
            for key, _seen, count in walked
            if key not in found
        ]
        return found | dict(union_rows(rest)) if rest else found

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        rows, condition = self._rows(actor, tab.key), question_condition(query)
        pool = (
            condition
            if total < MOST
            else Q(pk__in=_candidates(rows, query, condition, is_short=start + count <= SHOWN))
        )
        ranked = rows.filter(pool).annotate(relevance=relevance(query)).order_by("-relevance", *BY_DOWNLOADS)
        return [hit(repo, tab) for repo in ranked[start : start + count]]

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        first, *others = (
            self._rows(actor, tab.key).filter(matches_terms(terms)).values_list("title", "description")
            for tab in TABS
        )
        return [text for pair in first.union(*others, all=True)[:count] for text in pair if text]


def question_condition(query: SearchQuery) -> Q:
    """Return the condition that a repository contains every word, or has exactly this address."""
    condition = matches_query(query, part_of="address_key")
    return condition | Q(address_key=query.key) if "/" in query.key else condition


def _walk_query(key: str, rows: QuerySet[Repo], condition: Q) -> Part:
    """Return a query for the number of rows on a walk, and how many of them match."""
    walked, values = walk(rows, BY_DOWNLOADS, WALKED, condition=condition)
    return f"SELECT %s::text, count(*), count(*) FILTER (WHERE fits) FROM ({walked}) AS walked", [
        key,
        *values,
    ]


def _count_query(most: int, key: str, rows: QuerySet[Repo], condition: Q, *, is_near: bool) -> Part:
    """Return a query that counts matches by the word index, or on a longer walk if that finds enough."""
    whole, values = rows.filter(condition).order_by().values("id").query.sql_with_params()
    count = f"least(%s, (SELECT count(*) FROM ({whole}) AS whole))"
    if not is_near:
        return f"SELECT %s::text, {count}", [key, most, *values]
    walked, far = walk(rows, BY_DOWNLOADS, FAR, condition=condition)
    matching = f"SELECT 1 FROM ({walked}) AS walked WHERE fits LIMIT %s"
    near = f"SELECT count(*) AS found FROM ({matching}) AS matching"
    return f"SELECT %s::text, CASE WHEN found >= %s THEN found ELSE {count} END FROM ({near}) AS near", [
        key,
        most,
        most,
        *values,
        *far,
        most,
    ]


def _candidates(rows: QuerySet[Repo], query: SearchQuery, condition: Q, *, is_short: bool) -> RawSQL:
    """Return the ids to rank for a frequent word: by name, name prefix and downloads."""
    named = rows.filter(Q(address_key=query.key) if "/" in query.key else Q(key=query.key))
    begun = rows.filter(key__startswith=query.key)
    parts = [part.values("id")[:NAMES].query.sql_with_params() for part in (named, begun)]
    if is_short:
        sql, values = walk(rows, BY_DOWNLOADS, WALKED, condition=condition)
        parts.append((f"SELECT id FROM ({sql}) AS walked WHERE fits", values))
    else:
        parts.append(
            (
                "SELECT unnest(%s::uuid[])",
                (first_ids(rows, BY_DOWNLOADS, MOST, condition=condition, walked=2 * WALKED),),
            )
        )
    return RawSQL(
        " UNION ".join(f"({sql})" for sql, _values in parts),
        [value for _sql, values in parts for value in values],
    )


def hit(repo: Repo, tab: Tab) -> Hit:
    facts = {
        "task": repo.task_name,
        "downloads": repo.downloads,
        "likes": repo.likes,
        "parameters": repo.parameters,
    }
    title = repo.title if fold(repo.title) != repo.key else ""
    return Hit(
        tab,
        repo.get_absolute_url(),
        repo.address.id,
        title,
        repo.description,
        repo.is_private,
        repo.updated_at,
        facts,
        "registry/repos/_hit_facts.html",
    )
