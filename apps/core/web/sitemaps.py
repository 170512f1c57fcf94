"""`/robots.txt` and the sitemaps of what apps declare, in pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.declaration import declared

from .policies import PUBLIC, requires

PAGE_SIZE = 5_000


class PublicPages(Sitemap):  # type: ignore[type-arg]  # generic in the stubs alone
    """The pages of rows that anonymous users see; a subclass returns them from `items`, in a stable order."""

    limit = PAGE_SIZE

    def lastmod(self, item: Model) -> Any:
        return getattr(item, "updated_at", None)

    def get_latest_lastmod(self) -> None:
        """Leave it out of the index: it would be read from every row."""


def sitemaps() -> dict[str, type[Sitemap[Any]] | Sitemap[Any]]:
    return {section.key: section.pages for section in declared().sitemaps}


@requires(PUBLIC)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All sitemaps with their pages."""
    return views.index(request, sitemaps(), sitemap_url_name="sitemap")


@requires(PUBLIC)
@require_safe
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """One page of a sitemap."""
    return views.sitemap(request, sitemaps(), section=section)


@requires(PUBLIC)
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /api/", f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
