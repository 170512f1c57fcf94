"""REST views of receipts."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, list_response
from apps.core.web.policies import PUBLIC, requires
from apps.toolchain.jobs.api.filters import BY_REPO, lineage_of

from ..models import Receipt
from ..policies import RECEIPT_READ
from ..selectors import ORDER, listed_receipts
from .shapes import ReceiptBody, ReceiptPage, ReceiptSerializer

RECEIPT_ID = in_path("receipt_id", "Id of the receipt.", UUID)


@requires(RECEIPT_READ)
class ReceiptDetail(ApiView):
    @operation("get_receipt", "receipts", ReceiptSerializer, 404, params=[RECEIPT_ID])
    def get(self, request: Request, receipt: Receipt) -> Response:
        """Get a receipt: the signed body, the signature and the key's id."""
        return Response(ReceiptSerializer(receipt).data)


@requires(RECEIPT_READ)
class ReceiptPayload(ApiView):
    @operation("get_receipt_payload", "receipts", ReceiptBody, 404, params=[RECEIPT_ID])
    def get(self, request: Request, receipt: Receipt) -> HttpResponse:
        """Get the signed bytes of a receipt.

        They are the canonical JSON (RFC 8785) of its body, for tools that verify a signature over a file.
        """
        return HttpResponse(receipt.document.encode(), content_type="application/json")


@requires(PUBLIC)
class ReceiptList(ApiView):
    @operation("list_receipts", "receipts", ReceiptPage, params=[*BY_REPO, CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the receipts that you may read, newest first."""
        rows = listed_receipts(actor_of(request), lineage=lineage_of(request))
        return list_response(request, rows, ReceiptSerializer, order=ORDER)
