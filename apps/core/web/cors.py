"""CORS: paths that scripts on other origins may call, with a token and never with cookies.

django-cors-headers implements it with the CORS_ settings; apps declare their paths here.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from apps.core.declaration import declared


def is_cross_origin_allowed(sender: object, request: HttpRequest, **facts: object) -> bool:
    """Return whether a request's origin may call its path; receives `check_request_enabled`."""
    if not any(matches(request.path) for matches in declared().cross_origin_paths):
        return False
    origin = request.headers.get("Origin")
    return settings.CORS_ALLOW_ALL_ORIGINS or origin in settings.CORS_ALLOWED_ORIGINS
