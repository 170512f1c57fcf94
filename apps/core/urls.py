"""URLs of core: counters, and the document and reference of the REST API."""

from django.urls import include, path

from .web.metrics_view import metrics

urlpatterns = [
    path("metrics", metrics),
    path("", include("apps.core.rest.urls")),
]
