"""The public boards, ideas and changelog entries in the sitemap."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.actor import ANONYMOUS
from apps.core.web.sitemaps import PublicPages

from .access import listed_ideas, published_entries, visible_boards
from .models import Board, ChangelogEntry, Idea


class BoardPages(PublicPages):
    def items(self) -> QuerySet[Board]:
        return visible_boards(ANONYMOUS).order_by("pk")


class IdeaPages(PublicPages):
    def items(self) -> QuerySet[Idea]:
        return listed_ideas(ANONYMOUS).order_by("pk")


class EntryPages(PublicPages):
    def items(self) -> QuerySet[ChangelogEntry]:
        return published_entries(ANONYMOUS).order_by("pk")
