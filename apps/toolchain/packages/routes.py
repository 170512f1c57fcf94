"""Paths of the index protocols, and how they report refusals to pip, twine and uv."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core.errors import Refusal
from apps.core.web.headers import header_text

INDEX_PATHS = re.compile(r"^/(simple|legacy|packages|pypi|_/oidc|\.well-known/pytp)(/|$)")
FILE_PATHS = re.compile(r"^/packages/")
UPLOAD = "/legacy"
BASIC = 'Basic realm="packages", charset="UTF-8"'
REASON_LIMIT_CHARACTERS = 300


def is_index_path(path: str) -> bool:
    return INDEX_PATHS.match(path) is not None


def is_file_path(path: str) -> bool:
    return FILE_PATHS.match(path) is not None


def render_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Report a refusal to an installer or an uploader.

    source  twine shows the reason phrase, with --verbose the body; uv-publish shows `detail` of problem+json
    """
    words = f"{refusal.status} {refusal.message}"
    body: dict[str, object] = {
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.message,
        "message": words,
        "code": refusal.code,
    }
    if reason := refusal.facts.get("reason"):
        body["errors"] = [{"code": reason, "description": refusal.message}]
    response = JsonResponse(body, status=refusal.status, content_type="application/problem+json")
    if request.path.rstrip("/") == UPLOAD:
        response.reason_phrase = header_text(refusal.message)[:REASON_LIMIT_CHARACTERS]
    if refusal.status == 401:
        response["WWW-Authenticate"] = BASIC
    return response
