"""The public repositories in the sitemap."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.actor import ANONYMOUS
from apps.core.web.sitemaps import PublicPages

from .access import visible_to
from .models import Repo


class RepoPages(PublicPages):
    def items(self) -> QuerySet[Repo]:
        return visible_to(ANONYMOUS).order_by("pk")
