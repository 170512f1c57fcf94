"""CORS: which paths scripts of other sites may call, with a token and never with a person's cookies.

django-cors-headers answers; apps declare their paths here. The settings begin with CORS_.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

Matches = Callable[[str], bool]
_open: list[Matches] = []


def allow_cross_origin(matches: Matches) -> None:
    """Declare paths that scripts of other sites may call."""
    if matches not in _open:
        _open.append(matches)


def is_cross_origin_allowed(sender: object, request: HttpRequest, **facts: object) -> bool:
    """Return whether the origin of a request may call its path: the receiver of `check_request_enabled`."""
    if not any(matches(request.path) for matches in _open):
        return False
    origin = request.headers.get("Origin")
    return settings.CORS_ALLOW_ALL_ORIGINS or origin in settings.CORS_ALLOWED_ORIGINS
