"""REST views of the public keys that verify receipts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import CURSOR, LIMIT, operation
from apps.core.rest.view import ApiView, list_response
from apps.core.web.policies import PUBLIC, requires

from ..keys import current_key
from ..models import SigningKey
from ..selectors import KEY_ORDER
from .shapes import SigningKeyPage, SigningKeySerializer

KEYS_LIMIT = 100


@requires(PUBLIC)
class SigningKeyList(ApiView):
    @operation("list_signing_keys", "receipts", SigningKeyPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the public keys that verify this site's receipts, newest first."""
        current_key()
        return list_response(request, SigningKey.objects.all(), SigningKeySerializer, order=KEY_ORDER)


@requires(PUBLIC)
def well_known_keys(request: HttpRequest) -> JsonResponse:
    """Return the public keys at a well-known address, for verifiers that know only the site's name."""
    current_key()
    keys = SigningKeySerializer(SigningKey.objects.order_by(*KEY_ORDER)[:KEYS_LIMIT], many=True).data
    return JsonResponse({"issuer": settings.PUBLIC_URL, "keys": keys})
