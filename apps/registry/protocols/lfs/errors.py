"""Refusals for git-lfs: JSON with a message, and an authentication challenge."""

from __future__ import annotations

import re

from django.http import HttpRequest, JsonResponse

from apps.core.errors import Refusal, Unauthenticated
from apps.core.web.headers import header_text

CONTENT_TYPE = "application/vnd.git-lfs+json"
ROUTES = re.compile(r"^/(?:(?:datasets|spaces|kernels)/)?[^/]+/[^/]+/info/lfs(?:/|$)")
REALM = 'Basic realm="Access token as the password", charset="UTF-8"'


def render(request: HttpRequest, refusal: Refusal) -> JsonResponse:
    """source  https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md#response-errors"""
    body = {"message": refusal.message, "request_id": getattr(request, "request_id", "")}
    response = JsonResponse(body, status=refusal.protocol_status or refusal.status, content_type=CONTENT_TYPE)
    if isinstance(refusal, Unauthenticated):
        response["WWW-Authenticate"] = response["LFS-Authenticate"] = REALM
    # huggingface_hub reads these headers from every refusal.
    response["X-Error-Code"], response["X-Error-Message"] = (
        header_text(refusal.protocol_code),
        header_text(refusal.message),
    )
    return response


def is_lfs_path(path: str) -> bool:
    return ROUTES.match(path) is not None
