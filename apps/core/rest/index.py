"""The root of the REST API, and the answer to addresses that it does not have."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFound
from apps.core.web.policies import PUBLIC, requires
from apps.core.web.rest_paths import DOCS

from .query import checks_query
from .view import ApiView

VERSION = "1.0"
DOCUMENT = "/api/v1/openapi.json"


@requires(PUBLIC)
class ApiIndex(ApiView):
    """Where the document and the reference are.

    source  RFC 8631
    """

    schema = None

    @checks_query([])
    def get(self, request: Request) -> Response:
        links = f'<{DOCUMENT}>; rel="service-desc", <{DOCS}>; rel="service-doc"'
        body = {"version": VERSION, "openapi_url": DOCUMENT, "docs_url": DOCS}
        return Response(body, headers={"Link": links})


@requires(PUBLIC)
def unknown_address(request: HttpRequest) -> HttpResponse:
    """Answer every other address of a version of the API.

    raises  NotFound
    """
    raise NotFound("This API has no such address.")
