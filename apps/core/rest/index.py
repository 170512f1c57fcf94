"""The root of the REST API, and the answer to addresses that it does not have."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
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
    """Lead a read with a trailing slash to the address without it; refuse everything else.

    raises  NotFound, with the fact `expected_path` if only the slash is wrong
    """
    path = request.path.rstrip("/")
    if path == request.path or not _exists(path):
        raise NotFound("This API has no such address.")
    if request.method not in ("GET", "HEAD"):
        raise NotFound("Addresses of this API have no trailing slash.", expected_path=path)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path, preserve_request=True)


def _exists(path: str) -> bool:
    try:
        return resolve(path).func is not unknown_address
    except Resolver404:
        return False
