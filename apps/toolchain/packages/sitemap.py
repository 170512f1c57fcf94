"""The public projects in the sitemap."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.actor import ANONYMOUS
from apps.core.web.sitemaps import PublicPages

from .access import visible_to
from .models import Project


class ProjectPages(PublicPages):
    def items(self) -> QuerySet[Project]:
        return visible_to(ANONYMOUS).exclude(latest="").order_by("pk")
