"""REST views of receipts and public keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_str
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, page_json
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, requires
from apps.toolchain.jobs.api.jobs import uuid_of

from ..keys import current_key, public_pem
from ..models import Receipt, SigningKey
from ..policies import RECEIPT_READ
from ..selectors import ORDER, receipts_for
from .serializers import KeyPage, ReceiptPage, ReceiptSerializer

KEYS_LIMIT = 100


@requires(RECEIPT_READ)
class ReceiptDetail(ApiView):
    @operation("get_receipt", "receipts", ReceiptSerializer, 404)
    def get(self, request: Request, receipt: Receipt) -> Response:
        """Get a receipt: the signed body, the signature and the key's id."""
        return Response(receipt.envelope())


@requires(PUBLIC)
class ReceiptList(ApiView):
    @operation(
        "list_receipts",
        "receipts",
        ReceiptPage,
        params=[in_query("repo", UUID, "Id of the model or dataset.", required=True), CURSOR, LIMIT],
    )
    def get(self, request: Request) -> Response:
        """List the receipts of a model or dataset that you may read, newest first."""
        rows = receipts_for(uuid_of(query_str(request, "repo")), actor_of(request))
        page = page_by_cursor(rows, order=ORDER, cursor=query_str(request, "cursor"), limit=limit_of(request))
        return Response(page_json([receipt.envelope() for receipt in page.items], page.next_cursor))


def key_page() -> dict[str, Any]:
    """Return the public keys of this site, the current one first."""
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


@requires(PUBLIC)
class KeyList(ApiView):
    @operation("list_keys", "receipts", KeyPage)
    def get(self, request: Request) -> Response:
        """List the public keys that verify this site's receipts."""
        return Response(key_page())


@requires(PUBLIC)
def well_known_keys(request: HttpRequest) -> JsonResponse:
    """Return the public keys at a well-known address, for verifiers that know only the site's name."""
    return JsonResponse(key_page())
