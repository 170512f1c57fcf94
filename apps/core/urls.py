"""URLs of core: counters, sitemaps, and the document and reference of the REST API."""

from django.urls import include, path

from .web import sitemaps
from .web.metrics_view import metrics

urlpatterns = [
    path("metrics", metrics),
    path("robots.txt", sitemaps.robots),
    path("sitemap.xml", sitemaps.index),
    path("sitemaps/<slug:section>.xml", sitemaps.sitemap, name="sitemap"),
    path("", include("apps.core.rest.urls")),
]
