"""Addresses with doubled or trailing slashes, as clients write them that join URLs by hand."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.utils.encoding import iri_to_uri

from .error_renderers import is_protocol_path

Handler = Callable[[HttpRequest], HttpResponse]
DOUBLED = re.compile(r"/{2,}")


def plain_slashes(get_response: Handler) -> Handler:
    """Serve protocols at such an address, and redirect to the page without the slashes."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        plain = without_extra(path)
        if plain == path:
            return get_response(request)
        raw, mark, query = request.META.get("RAW_URI", "").partition("?")
        if is_protocol_path(plain):
            request.path = request.path_info = plain
            request.META["RAW_URI"] = f"{without_extra(raw)}{mark}{query}" if raw.startswith("/") else raw
        elif request.method in ("GET", "HEAD") and is_page(plain) and ("//" in path or not is_page(path)):
            # one slash at the start, and no backslash: never the address of another site
            target = iri_to_uri(without_extra(raw)) if raw.startswith("/") else iri_to_uri(plain)
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)
        return get_response(request)

    return middleware


def without_extra(path: str) -> str:
    """Return a path without doubled and trailing slashes."""
    return DOUBLED.sub("/", path).rstrip("/") or "/"


def is_page(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
