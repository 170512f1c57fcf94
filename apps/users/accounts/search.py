"""Search provider for people and organizations."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.search import SearchVectorField, TrigramSimilarity
from django.db.models import Case, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.actor import Actor
from apps.core.search.providers import (
    Hit,
    Part,
    SearchProvider,
    Tab,
    capped_count,
    matches_query,
    matches_terms,
)
from apps.core.search.words import SearchQuery

from .models import Namespace, NamespaceKind

TABS = (
    Tab(NamespaceKind.ORGANIZATION.value, _("Organization"), _("Organizations"), "organization"),
    Tab(NamespaceKind.PERSON.value, _("Person"), pgettext_lazy("search", "People"), "person"),
)
TERMS = Func(F("name"), F("full_name"), F("about"), function="search_names", output_field=SearchVectorField())


class NamespaceSearchProvider(SearchProvider):
    """All profiles are public, so results do not depend on the actor."""

    tabs = TABS
    order = 20

    def _rows(self, query: SearchQuery, kind: str) -> QuerySet[Namespace]:
        return Namespace.objects.filter(matches_query(query, where=TERMS, part_of="key"), kind=kind)

    def count_parts(self, actor: Actor, query: SearchQuery, most: int) -> list[Part]:
        return [capped_count(most, tab.key, self._rows(query, tab.key)) for tab in TABS]

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        tiers = Case(
            When(Q(key=query.key) | Q(full_name__iexact=query.text), then=Value(8.0)),
            When(Q(key__startswith=query.key) | Q(full_name__istartswith=query.text), then=Value(4.0)),
            default=Value(0.0),
            output_field=FloatField(),
        )
        relevance = tiers + Cast(TrigramSimilarity("key", query.key), FloatField())
        ranked = self._rows(query, tab.key).annotate(relevance=relevance).order_by("-relevance", "key")
        return [
            Hit(tab, one.get_absolute_url(), one.name, one.full_name, one.about[:300])
            for one in ranked[start : start + count]
        ]

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        return (
            Namespace.objects.filter(matches_terms(terms, TERMS))
            .exclude(full_name="")
            .values_list("full_name", flat=True)[:count]
        )
