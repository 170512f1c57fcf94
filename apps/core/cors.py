"""Pages of other sites: which paths their scripts may call, with a token and never with a person's cookies."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponse]
Matches = Callable[[str], bool]

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
HEADER_NAMES = re.compile(r"[A-Za-z0-9\-_, ]{1,1000}")
KEPT_SECONDS = "7200"
# source  what the JavaScript client reads of answers
EXPOSED = ", ".join(
    (
        *(
            "X-Repo-Commit",
            "X-Request-Id",
            "X-Error-Code",
            "X-Error-Message",
            "X-Total-Count",
            "X-HF-Warning",
            "ETag",
            "Link",
        ),
        *(
            "Accept-Ranges",
            "Content-Range",
            "Content-Disposition",
            "X-Linked-Size",
            "X-Linked-ETag",
            "X-Xet-Hash",
            "X-Xet-Refresh-Route",
        ),
        *(
            "X-Xet-Access-Token",
            "X-Xet-Token-Expiration",
            "X-Xet-Cas-Url",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
        ),
    )
)
_open: list[Matches] = []


def open_to_pages(matches: Matches) -> None:
    """Declare paths that scripts of other sites may call."""
    if matches not in _open:
        _open.append(matches)


def allowed_origin(request: HttpRequest) -> str | None:
    """Return the origin to allow on a request of another site's page, or None."""
    origin = request.headers.get("Origin")
    if not origin or not any(matches(request.path) for matches in _open):
        return None
    if "*" in settings.CORS_ORIGINS:
        return "*"
    return origin if origin in settings.CORS_ORIGINS else None


def cors(get_response: Handler) -> Handler:
    """Answer what browsers ask before a call, and let their scripts read the answers.

    Credentials are not allowed: a cookie is never sent along, so a page sees what its token, or nobody, may see.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        origin = allowed_origin(request)
        if origin is None:
            return get_response(request)
        is_question = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = _permission(request) if is_question else get_response(request)
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = EXPOSED
        patch_vary_headers(response, ("Origin",))
        return response

    return middleware


def _permission(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = METHODS
    wanted = request.headers.get("Access-Control-Request-Headers", "")
    if HEADER_NAMES.fullmatch(wanted):
        response["Access-Control-Allow-Headers"] = wanted
    response["Access-Control-Max-Age"] = KEPT_SECONDS
    return response
