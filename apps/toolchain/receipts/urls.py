"""URLs of receipts and of the results that become receipts."""

from django.urls import path

from . import api, views

urlpatterns = [
    path("receipts/<uuid:receipt_id>", views.receipt_detail, name="receipt"),
    path("verify", views.verify, name="verify"),
    path("verify/verify.py", views.verifier, name="verifier"),
    path("fragments/receipts", views.receipts_fragment, name="receipts_fragment"),
    path(".well-known/banyan-keys.json", api.well_known_keys, name="well_known_keys"),
    path("api/v1/jobs/<uuid:job_id>/results", api.JobResultsView.as_view(), name="api_job_results"),
    path("api/v1/receipts", api.ReceiptList.as_view(), name="api_receipts"),
    path("api/v1/receipts/<uuid:receipt_id>", api.ReceiptDetail.as_view(), name="api_receipt"),
    path(
        "api/v1/receipts/<uuid:receipt_id>/payload", api.ReceiptPayload.as_view(), name="api_receipt_payload"
    ),
    path("api/v1/receipt-keys", api.SigningKeyList.as_view(), name="api_receipt_keys"),
]
