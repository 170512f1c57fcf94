"""Search provider of notes."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.search import SearchVectorField
from django.db.models import F, Func, QuerySet, Value
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

from .models import Note
from .selectors import notes_for

TAB = Tab("note", _("Note"), _("Notes"), "file-text")
TERMS = Func(F("title"), F("text"), Value(""), function="search_names", output_field=SearchVectorField())


class NoteSearchProvider(SearchProvider):
    tabs = (TAB,)
    order = 90

    def _rows(self, actor: Actor, query: SearchQuery) -> QuerySet[Note]:
        return notes_for(actor).filter(matches_query(query, where=TERMS, part_of="key"))

    def count_parts(self, actor: Actor, query: SearchQuery, most: int) -> list[Part]:
        return [capped_count(most, TAB.key, self._rows(actor, query))]

    def best(
        self, actor: Actor, query: SearchQuery, tab: Tab, *, total: int, start: int, count: int
    ) -> list[Hit]:
        rows = self._rows(actor, query).order_by("-pk")[start : start + count]
        return [Hit(tab, note.get_absolute_url(), note.title, is_private=not note.is_public) for note in rows]

    def texts(self, actor: Actor, terms: str, count: int) -> Iterable[str]:
        return notes_for(actor).filter(matches_terms(terms, TERMS)).values_list("title", flat=True)[:count]
