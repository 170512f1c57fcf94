"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.registry.repos.routes import repo_routes

from . import converters
from .views import launching, outputs, receipts, tabs

converters.register()

urlpatterns: list[URLPattern] = [
    path("jobs/<uuid:job_id>/output", outputs.rename, name="job_output"),
    path("receipts/<uuid:receipt_id>/run-again", receipts.run_again, name="receipt_run_again"),
    path("receipts/<uuid:receipt_id>/publish", receipts.publish, name="receipt_publish"),
    *repo_routes(
        [
            ("/evaluations", tabs.evaluations, "evaluations"),
            ("/lineage", tabs.lineage, "lineage"),
            ("/jobs", tabs.jobs, "jobs"),
            ("/<job_kind:job_kind>", launching.order, "order"),
        ]
    ),
]
