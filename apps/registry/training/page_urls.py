"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern

from apps.registry.repos.routes import repo_routes

from .views import launching, tabs

urlpatterns: list[URLPattern] = [
    *repo_routes(
        [
            ("/evaluations", tabs.evaluations, "evaluations"),
            ("/lineage", tabs.lineage, "lineage"),
            ("/jobs", tabs.jobs, "jobs"),
            ("/fine-tune", launching.fine_tune, "fine_tune"),
            ("/evaluate", launching.evaluate, "evaluate"),
        ]
    ),
]
