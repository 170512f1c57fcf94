"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.registry.repos.routes import repo_routes

from .views import launching, repeating, tabs

urlpatterns: list[URLPattern] = [
    path("receipts/<uuid:receipt_id>/run-again", repeating.run_again, name="receipt_run_again"),
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
