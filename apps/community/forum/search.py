"""Search provider of topics."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Case, FloatField, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.actor import Actor
from apps.core.search.providers import Hit, Part, SearchProvider, Tab, capped_count, matches_terms
from apps.core.search.words import SearchQuery, word_terms

from .access import rights_of
from .models import Topic
from .previews import excerpt
from .selectors import TITLE_TERMS, matches_topic

TAB = Tab("topic", _("Topic"), pgettext_lazy("search", "Topics"), "quote")


class TopicSearchProvider(SearchProvider):
    """Finds words in titles and in visible posts; topics with all words in the title come first."""

    tabs = (TAB,)
    order = 30

    def _rows(self, actor: Actor, query: SearchQuery) -> QuerySet[Topic]:
        listed = Topic.objects.filter(is_listed=True, category_id__in=rights_of(actor).read)
        return listed.filter(matches_topic(query))

    def count_parts(self, actor: Actor, query: SearchQuery, most: int) -> list[Part]:
        return [capped_count(most, TAB.key, self._rows(actor, query))]

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        terms = " & ".join(f"({word_terms(word)})" for word in query.words)
        tier = Case(
            When(pk__in=Topic.objects.filter(matches_terms(terms, TITLE_TERMS)), then=Value(1.0)),
            default=Value(0.0),
            output_field=FloatField(),
        )
        order = ("-tier", "-bumped_at", "-pk")
        ranked = self._rows(actor, query).annotate(tier=tier).order_by(*order)
        # ranks all topics before it reads the posts of those that are shown
        shown = Topic.objects.filter(pk__in=ranked.values("pk")[start : start + count])
        found = shown.select_related("category", "first_post").annotate(tier=tier).order_by(*order)
        return [_hit(tab, topic) for topic in found]

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        listed = Topic.objects.filter(is_listed=True, category_id__in=rights_of(actor).read)
        return listed.filter(matches_terms(terms, TITLE_TERMS)).values_list("title", flat=True)[:count]


def _hit(tab: Tab, topic: Topic) -> Hit:
    first = topic.first_post
    return Hit(
        tab,
        topic.get_absolute_url(),
        topic.title,
        title=topic.category.name,
        about=excerpt(first.html, 300) if first and first.is_visible else "",
        is_private=not topic.category.is_public,
        updated_at=topic.bumped_at,
    )
