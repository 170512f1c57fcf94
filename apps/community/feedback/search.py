"""Search for ideas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, FloatField, Q, QuerySet, When
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

from .access import listed_ideas
from .models import Idea
from .selectors.ideas import TERMS, VOTES_ORDER

TAB = Tab("idea", _("Idea"), _("Ideas"), "spark")


def relevance(query: SearchQuery) -> Any:
    typed = query.text.casefold()
    tiers = Case(
        When(Q(title_key=typed), then=4.0),
        When(Q(title_key__startswith=typed), then=2.0),
        default=0.0,
        output_field=FloatField(),
    )
    return tiers + Cast(TrigramSimilarity("title_key", typed), FloatField())


class IdeaSearchProvider(SearchProvider):
    tabs = (TAB,)
    order = 60

    def _rows(self, actor: Actor, query: SearchQuery) -> QuerySet[Idea]:
        return listed_ideas(actor).filter(matches_query(query, where=TERMS, part_of="title_key"))

    def count_parts(self, actor: Actor, query: SearchQuery, most: int) -> list[Part]:
        return [capped_count(most, TAB.key, self._rows(actor, query))]

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        ranked = self._rows(actor, query).annotate(relevance=relevance(query))
        rows = ranked.order_by("-relevance", *VOTES_ORDER)[start : start + count]
        return [_hit(tab, idea) for idea in rows]

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        return listed_ideas(actor).filter(matches_terms(terms, TERMS)).values_list("title", flat=True)[:count]


def _hit(tab: Tab, idea: Idea) -> Hit:
    return Hit(
        tab,
        idea.get_absolute_url(),
        idea.title,
        is_private=idea.board.is_private,
        updated_at=idea.created_at,
        facts={"votes": idea.vote_count, "status": idea.status, "board": idea.board.name},
        facts_template="community/feedback/_hit_facts.html",
    )
