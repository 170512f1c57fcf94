"""Models, datasets and applications in the search of everything."""

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
    Tab,
    matches_query,
    matches_terms,
    register_provider,
    union_rows,
)
from apps.core.search.selectors import MOST, SHOWN
from apps.core.search.words import SearchQuery, fold

from .access import visible_to
from .kinds import LABELS
from .models import Repo
from .selectors.walks import first_ids, walk

TABS = tuple(Tab(kind.value, kind.label, labels.title, kind.value) for kind, labels in LABELS.items())
# of words that fit very many, these are ranked: names that begin with them, and what is downloaded most
NAMES, WALKED = 100, 1000
# who met NEAR on the walk goes on up to FAR: that is quicker than reading an index for a word that very many have
NEAR, FAR = 50, 4000
BY_DOWNLOADS = ("-downloads", "-updated_at", "-id")


def relevance(query: SearchQuery) -> Any:
    """Return how well a row answers: its name, its title, how often it is downloaded."""
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


class RepoSearchProvider:
    tabs = TABS

    def _rows(self, actor: Actor, tab_key: str) -> QuerySet[Repo]:
        return visible_to(actor).filter(kind=tab_key)

    def counts(self, actor: Actor, query: SearchQuery, most: int) -> dict[str, int]:
        """Count each kind: on a walk where what fits is met often, else on a longer one, or by the index of the kind's words."""
        condition = answering(query)
        rows = {tab.key: self._rows(actor, tab.key) for tab in TABS}
        met = union_rows([_met(key, of_kind, condition) for key, of_kind in rows.items()])
        found = {key: min(most, count) for key, seen, count in met if count >= most or seen < WALKED}
        rest = [
            _counted(most, key, rows[key], condition, is_near=count >= NEAR)
            for key, _seen, count in met
            if key not in found
        ]
        return found | dict(union_rows(rest)) if rest else found

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        rows, condition = self._rows(actor, tab.key), answering(query)
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


def answering(query: SearchQuery) -> Q:
    """Return the condition that a repository holds every word, or has this very address."""
    condition = matches_query(query, part_of="address_key")
    return condition | Q(address_key=query.key) if "/" in query.key else condition


def _met(key: str, rows: QuerySet[Repo], condition: Q) -> Part:
    """Return the query that tells how many rows there are on a walk, and how many of them fit."""
    walked, values = walk(rows, BY_DOWNLOADS, WALKED, fitting=condition)
    return f"SELECT %s::text, count(*), count(*) FILTER (WHERE fits) FROM ({walked}) AS walked", [
        key,
        *values,
    ]


def _counted(most: int, key: str, rows: QuerySet[Repo], condition: Q, *, is_near: bool) -> Part:
    """Return the query that counts what fits by an index, unless enough of it is near."""
    whole, values = rows.filter(condition).order_by().values("id").query.sql_with_params()
    count = f"least(%s, (SELECT count(*) FROM ({whole}) AS whole))"
    if not is_near:
        return f"SELECT %s::text, {count}", [key, most, *values]
    walked, far = walk(rows, BY_DOWNLOADS, FAR, fitting=condition)
    met = f"SELECT count(*) AS met FROM (SELECT 1 FROM ({walked}) AS walked WHERE fits LIMIT %s) AS fitting"
    return f"SELECT %s::text, CASE WHEN met >= %s THEN met ELSE {count} END FROM ({met}) AS far", [
        key,
        most,
        most,
        *values,
        *far,
        most,
    ]


def _candidates(rows: QuerySet[Repo], query: SearchQuery, condition: Q, *, is_short: bool) -> RawSQL:
    """Return the ids worth ranking where very many fit: of that name, of names that begin so, and of what is downloaded most."""
    named = rows.filter(Q(address_key=query.key) if "/" in query.key else Q(key=query.key))
    begun = rows.filter(key__startswith=query.key)
    parts = [part.values("id")[:NAMES].query.sql_with_params() for part in (named, begun)]
    if is_short:
        sql, values = walk(rows, BY_DOWNLOADS, WALKED, fitting=condition)
        parts.append((f"SELECT id FROM ({sql}) AS walked WHERE fits", values))
    else:
        parts.append(
            (
                "SELECT unnest(%s::uuid[])",
                (first_ids(rows, BY_DOWNLOADS, MOST, fitting=condition, walked=2 * WALKED),),
            )
        )
    return RawSQL(
        " UNION ".join(f"({sql})" for sql, _values in parts),
        [value for _sql, values in parts for value in values],
    )


def hit(repo: Repo, tab: Tab) -> Hit:
    facts = {
        "task": repo.task,
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
        "registry/_hit_facts.html",
    )


register_provider(RepoSearchProvider(), place=10)
