"""URLs of evidence."""

from django.urls import path

from . import api, views

PAIR = "receipts/<uuid:receipt_id>/compare/<uuid:other_id>"

urlpatterns = [
    path("receipts/<uuid:receipt_id>/samples", views.samples, name="receipt_samples"),
    path("receipts/<uuid:receipt_id>/compare", views.choose_other, name="receipt_compare"),
    path(PAIR, views.compare, name="receipts_compare"),
    path("receipts/<uuid:receipt_id>/repetitions", views.repetitions, name="receipt_repetitions"),
    path(
        "api/v1/receipts/<uuid:receipt_id>/samples", api.ReceiptSamples.as_view(), name="api_receipt_samples"
    ),
    path(
        "api/v1/receipts/<uuid:receipt_id>/comparisons/<uuid:other_id>",
        api.ReceiptComparison.as_view(),
        name="api_receipt_comparison",
    ),
    path(
        "api/v1/receipts/<uuid:receipt_id>/repetitions",
        api.ReceiptRepetitions.as_view(),
        name="api_receipt_repetitions",
    ),
]
