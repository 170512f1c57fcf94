"""Cursors of the REST API, each bound to the list and the filters that it came from."""

from __future__ import annotations

from hashlib import sha256

from django.http import HttpRequest
from django.utils.http import urlencode

from apps.core.errors import InvalidCursor

DIGEST_CHARACTERS = 10
OTHER_PAGES = ("cursor", "limit")


def bound_cursor(request: HttpRequest, cursor: str) -> str:
    """Return a cursor that works with the path and the query of this request only."""
    return f"{_digest(request)}.{cursor}"


def unbound_cursor(request: HttpRequest, bound: str) -> str:
    """Return the cursor of a list (raises InvalidCursor if it came from another list or other filters)."""
    digest, _dot, cursor = bound.partition(".")
    if digest != _digest(request) or not cursor:
        raise InvalidCursor
    return cursor


def _digest(request: HttpRequest) -> str:
    filters = sorted(
        (name, value) for name, values in request.GET.lists() if name not in OTHER_PAGES for value in values
    )
    return sha256(f"{request.path}?{urlencode(filters)}".encode()).hexdigest()[:DIGEST_CHARACTERS]
