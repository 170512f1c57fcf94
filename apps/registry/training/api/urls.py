"""URLs of the REST API."""

from django.urls import path

from apps.registry.repos.routes import API_REPO

from . import checkpoints, checks, lineage, orders, receipts

urlpatterns = [
    path("api/v1/jobs/check", checks.JobChecks.as_view(), name="api_job_check"),
    path("api/v1/jobs/estimate", orders.JobEstimates.as_view(), name="api_job_estimate"),
    path("api/v1/jobs/<uuid:job_id>/output", orders.JobOutputView.as_view(), name="api_job_output"),
    path(
        "api/v1/receipts/<uuid:receipt_id>/run-again",
        receipts.ReceiptRepeats.as_view(),
        name="api_receipt_run_again",
    ),
    path(
        "api/v1/receipts/<uuid:receipt_id>/published-scores",
        receipts.ReceiptPublication.as_view(),
        name="api_receipt_published_scores",
    ),
    path("api/v1/jobs", orders.JobOrders.as_view(), name="api_jobs"),
    path(
        "api/v1/jobs/<uuid:job_id>/checkpoints/<int:step>/publish",
        checkpoints.CheckpointPublication.as_view(),
        name="api_job_checkpoint_publish",
    ),
    path(f"{API_REPO}/lineage", lineage.LineageGraph.as_view(), name="api_lineage"),
]
