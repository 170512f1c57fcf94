"""The OpenAPI document of /api/v1 and its reference page."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularJSONAPIView

from apps.core.web.etags import etag_of
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from .generator import Generator
from .reference.page import reference_page


@requires(PUBLIC)
class OpenApiDocument(SpectacularJSONAPIView):
    """The API as an OpenAPI 3.1 document."""

    generator_class = Generator


@requires(PUBLIC)
@require_safe
def api_docs(request: HubRequest) -> HttpResponseBase:
    """The reference of the REST API. Its entity tag ignores the CSRF token, which each response has anew."""
    token = get_token(request)
    response = render(request, "core/reference/page.html", {"page": reference_page(), "csrf_token": token})
    response["ETag"] = tag = etag_of(response.content.replace(token.encode(), b""))
    return get_conditional_response(request, tag, None, response) or response
