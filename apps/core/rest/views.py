"""The OpenAPI document of /api/v1 and its reference page."""

from __future__ import annotations

import hashlib

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_GET, require_safe

from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from .generator import document_bytes
from .reference import reference


def _document_tag(request: HubRequest, *, is_internal: bool = False) -> str:
    return f'"{hashlib.sha256(document_bytes(is_internal=is_internal)).hexdigest()[:32]}"'


@requires(PUBLIC)
@require_safe
@gzip_page
@cache_control(public=True, max_age=300)
@condition(etag_func=_document_tag)
def openapi_document(request: HubRequest, *, is_internal: bool = False) -> HttpResponse:
    """The API as an OpenAPI 3.1 document."""
    return HttpResponse(document_bytes(is_internal=is_internal), content_type="application/json")


@requires(PUBLIC)
@require_GET
def api_docs(request: HubRequest) -> HttpResponse:
    """The reference of the REST API."""
    return render(request, "core/api_docs.html", {"reference": reference()})
