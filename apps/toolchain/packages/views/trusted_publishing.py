"""The exchange of identity tokens for upload tokens.

source  PEP 807 (draft); twine `auth.py`; uv-publish `trusted_publishing`
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from apps.core.rest.body import json_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from ..errors import TokenRequestRefused
from ..services.trusted_publishing import audience as own_audience
from ..services.trusted_publishing import mint_token

LIMIT_BYTES = 64 << 10
UPLOAD_PATHS = ("", "/", "/legacy", "/legacy/")


@requires(PUBLIC)
@require_safe
def audience(request: HubRequest) -> HttpResponse:
    """Return whom an identity token has to be issued for."""
    return JsonResponse({"audience": own_audience()})


@requires(PUBLIC)
@require_POST
def mint(request: HubRequest) -> HttpResponse:
    """Exchange an identity token for an upload token that is good for 15 minutes."""
    body = json_body(request, limit=LIMIT_BYTES)
    token = body.get("token") if isinstance(body, dict) else None
    if not isinstance(token, str):
        raise TokenRequestRefused(
            "Send an object with the identity token as `token`.", reason="invalid-payload"
        )
    raw, expires_at = mint_token(token)
    response = JsonResponse({"success": True, "token": raw, "expires": int(expires_at.timestamp())})
    response["Cache-Control"] = "no-store"
    return response


@requires(PUBLIC)
@require_safe
def discovery(request: HubRequest) -> HttpResponse:
    """Return where to exchange tokens for uploads to a path of this host."""
    if request.GET.get("discover", "") not in UPLOAD_PATHS:
        return JsonResponse({"title": "Not found", "status": 404, "detail": "No uploads there."}, status=404)
    base = f"{settings.PUBLIC_URL}/_/oidc"
    return JsonResponse(
        {"audience-endpoint": f"{base}/audience", "token-mint-endpoint": f"{base}/mint-token"}
    )
