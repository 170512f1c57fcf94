"""The OpenAPI document of /api/v1 and its reference page."""

from __future__ import annotations

import hashlib

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from apps.core.web.etags import etag_of
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from .generator import document_bytes
from .reference.page import reference_page


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
@require_safe
@gzip_page
def api_docs(request: HubRequest) -> HttpResponseBase:
    """The reference of the REST API. Its entity tag ignores the CSRF token, which each response has anew."""
    token = get_token(request)
    response = render(request, "core/reference/page.html", {"page": reference_page(), "csrf_token": token})
    response["ETag"] = tag = etag_of(response.content.replace(token.encode(), b""))
    return get_conditional_response(request, tag, None, response) or response
