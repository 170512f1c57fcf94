"""Plays tests of the test client against a running site: pytest --on-site tests/api/test_v1_common.py

Django's test client calls the site as a function. Here its requests travel to a real web server that uses the
database of the test. Tests that change settings or code of their own process are left out.
"""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.utils.encoding import iri_to_uri

OWN_PROCESS = {"settings", "monkeypatch", "own_store", "django_assert_num_queries"}
HOP_HEADERS = {"connection", "content-length", "date", "server", "transfer-encoding", "via", "alt-svc"}
SECONDS = 60
CSRF_CHARACTERS = 32


class SiteResponse(HttpResponse):
    """A response of the site, whose content is there as a whole."""

    @property
    def url(self):
        return self["Location"]

    @property
    def streaming_content(self):
        return iter([self.content])


def forward(url: str, request: HttpRequest) -> HttpResponse:
    """Send a request of the test client to a site and return its response."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    try:
        connection.request(request.method, target_of(request), request.read() or None, headers_of(request))
        return response_of(connection.getresponse())
    finally:
        connection.close()


def target_of(request: HttpRequest) -> str:
    raw = request.META.get("RAW_URI")
    query = request.META["QUERY_STRING"]
    path = raw.partition("?")[0] if raw else request.get_full_path().partition("?")[0]
    return iri_to_uri(f"{path}?{query}" if query else path)


def headers_of(request: HttpRequest) -> dict[str, str]:
    """Return the headers of a request; like the test client, give sessions the CSRF token that they need."""
    unsent = {"Host", "Content-Length", *(["Content-Type"] if not request.META.get("CONTENT_TYPE") else [])}
    headers = {name: value for name, value in request.headers.items() if name not in unsent}
    if getattr(request, "_dont_enforce_csrf_checks", False) and "Cookie" in headers:
        token = get_random_string(CSRF_CHARACTERS)
        headers["Cookie"] += f"; csrftoken={token}"
        headers["X-CSRFToken"] = token
    return headers


def response_of(received: http.client.HTTPResponse) -> HttpResponse:
    response = SiteResponse(received.read(), status=received.status)
    del response["Content-Type"]
    for name, value in received.getheaders():
        if name.lower() == "set-cookie":
            response.cookies.load(value)
        elif name.lower() not in HOP_HEADERS:
            response[name] = value
    return response
