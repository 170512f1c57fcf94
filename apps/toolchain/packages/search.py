"""Search for tools."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, FloatField, Func, Q, QuerySet, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

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

from .access import visible_to
from .models import Project

TAB = Tab("tool", _("Tool"), _("Tools"), "box")
TERMS = Func("name", "summary", "key", function="search_names")


def relevance(query: SearchQuery) -> Any:
    typed = query.text.casefold()
    tiers = Case(
        When(Q(key=typed), then=4.0),
        When(Q(key__startswith=typed), then=2.0),
        default=0.0,
        output_field=FloatField(),
    )
    return tiers + Cast(TrigramSimilarity("key", typed), FloatField())


class ProjectSearchProvider(SearchProvider):
    """Finds words in names and summaries; the name itself comes first, then beginnings."""

    tabs = (TAB,)
    order = 45

    def _rows(self, actor: Actor, query: SearchQuery) -> QuerySet[Project]:
        return visible_to(actor).exclude(latest="").filter(matches_query(query, where=TERMS, part_of="key"))

    def count_parts(self, actor: Actor, query: SearchQuery, most: int) -> list[Part]:
        return [capped_count(most, TAB.key, self._rows(actor, query))]

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        ranked = self._rows(actor, query).annotate(relevance=relevance(query))
        rows = ranked.order_by("-relevance", "-downloads", "key")[start : start + count]
        return [_hit(tab, project) for project in rows]

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        return visible_to(actor).filter(matches_terms(terms, TERMS)).values_list("summary", flat=True)[:count]


def _hit(tab: Tab, project: Project) -> Hit:
    return Hit(
        tab,
        project.get_absolute_url(),
        project.name,
        is_private=project.is_private,
        updated_at=project.updated_at,
        facts={"project": project},
        facts_template="toolchain/packages/_hit_facts.html",
    )
