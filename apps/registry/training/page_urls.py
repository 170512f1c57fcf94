"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.registry.repos.routes import repo_routes

from .views import launching, receipts, tabs

urlpatterns: list[URLPattern] = [
    path("receipts/<uuid:receipt_id>/run-again", receipts.run_again, name="receipt_run_again"),
    path("receipts/<uuid:receipt_id>/publish", receipts.publish, name="receipt_publish"),
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
