"""Public topics and categories in the sitemap."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Model, QuerySet

from apps.core.web.sitemaps import PublicPages

from .models import Category, Topic


class TopicPages(PublicPages):
    def items(self) -> QuerySet[Topic]:
        rows = Topic.objects.filter(is_listed=True, category__is_public=True)
        return rows.only("slug", "public_id", "bumped_at").order_by("pk")

    def lastmod(self, item: Model) -> datetime | None:
        return getattr(item, "bumped_at", None)


class CategoryPages(PublicPages):
    def items(self) -> QuerySet[Category]:
        return Category.objects.filter(is_public=True).order_by("pk")
