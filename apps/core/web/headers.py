"""Response header values that every server can send."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
TEXT_LIMIT = 600
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "..."})
# source  RFC 9110 section 5.5, without the bytes above ASCII that only Latin-1 gives a meaning
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def header_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return text as a header value: one line of printable ASCII, at most `limit` characters."""
    return _UNPRINTABLE.sub("?", " ".join(text[: 4 * limit].translate(QUOTES).split()))[:limit]


def sanitize_headers(get_response: Handler) -> Handler:
    """Replace control characters in every header: the server would answer 500 instead of the response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in list(response.headers.items()):
            if _CONTROLS.search(value):
                response.headers[name] = _CONTROLS.sub("?", value)
        return response

    return middleware
