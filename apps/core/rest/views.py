"""The OpenAPI document of /api/v1 and its reference page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.views import SpectacularJSONAPIView

from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from .generator import Generator
from .reference import reference


@requires(PUBLIC)
class OpenApiDocument(SpectacularJSONAPIView):
    """The API as an OpenAPI 3.1 document."""

    generator_class = Generator


@requires(PUBLIC)
@require_GET
def api_docs(request: HubRequest) -> HttpResponse:
    """The reference of the REST API."""
    return render(request, "core/api_docs.html", {"reference": reference()})
