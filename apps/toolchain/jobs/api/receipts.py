"""Receipts and public keys for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.doors import Door, door
from apps.core.pages import page_by_cursor

from ..access import receipt_for
from ..keys import current_key, public_pem
from ..models import SigningKey
from ..selectors import receipts_for
from ..selectors.receipts import ORDER
from .jobs import _uuid, actor_of, limit_of
from .schema import CURSOR, LIMIT, answers
from .serializers import KeyPage, ReceiptPage, ReceiptSerializer

KEYS_LIMIT = 100


@door(Door.RECEIPT_READ)
class ReceiptDetail(APIView):
    @extend_schema(operation_id="get_receipt", tags=["receipts"], responses=answers({200: ReceiptSerializer}, 401, 404))
    def get(self, request: Request, receipt_id: UUID) -> Response:
        """Read a receipt: the signed body, the signature and the id of its key."""
        return Response(receipt_for(actor_of(request), receipt_id).envelope())


@door(Door.PUBLIC)
class ReceiptList(APIView):
    @extend_schema(
        operation_id="list_receipts",
        tags=["receipts"],
        parameters=[OpenApiParameter("repo", UUID, required=True, description="Id of the model or dataset."), CURSOR, LIMIT],
        responses=answers({200: ReceiptPage}, 400, 401),
    )
    def get(self, request: Request) -> Response:
        """List the receipts about a model or dataset that you may read, newest first."""
        words = request.query_params
        rows = receipts_for(_uuid(words.get("repo", "")), actor_of(request))
        page = page_by_cursor(rows, order=ORDER, cursor=words.get("cursor"), limit=limit_of(request))
        return Response({"items": [receipt.envelope() for receipt in page.items], "next_cursor": page.next_cursor})


def key_page() -> dict[str, Any]:
    """Return the public keys of this instance, the one that signs now first."""
    current = current_key()
    rows = [current, *SigningKey.objects.exclude(pk=current.pk).order_by("-created_at")[:KEYS_LIMIT]]
    keys = [
        {
            "key_id": row.key_id,
            "algorithm": "Ed25519",
            "public_key": row.public_key,
            "pem": public_pem(row.public_key),
            "created_at": row.created_at.isoformat(),
            "is_current": row == current,
        }
        for row in rows
    ]
    return {"issuer": settings.PUBLIC_URL, "keys": keys}


@door(Door.PUBLIC)
class KeyList(APIView):
    @extend_schema(operation_id="list_keys", tags=["receipts"], responses={200: KeyPage})
    def get(self, request: Request) -> Response:
        """List the public keys that check this instance's receipts."""
        return Response(key_page())


@door(Door.PUBLIC)
def well_known_keys(request: HttpRequest) -> JsonResponse:
    """The same at a fixed address, for checkers that know only the site's name."""
    return JsonResponse(key_page())
