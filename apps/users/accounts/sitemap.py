"""People and organizations in the sitemap; all profiles are public."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.web.sitemaps import PublicPages

from .models import Namespace


class ProfilePages(PublicPages):
    def items(self) -> QuerySet[Namespace]:
        return Namespace.objects.order_by("pk")
