"""Values of response headers: whatever they are made from, a server must be able to send them."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
TEXT_LIMIT = 600
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "..."})
# source  RFC 9110 section 5.5, without the bytes above ASCII that only Latin-1 gives a meaning
_UNFIT = re.compile(r"[^\x20-\x7e]")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def header_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return a text as a header can carry it: one line of printable ASCII, and not a long one."""
    return _UNFIT.sub("?", " ".join(text[: 4 * limit].translate(QUOTES).split()))[:limit]


def sanitize_headers(get_response: Handler) -> Handler:
    """Take control characters out of every header, wherever it was set: the server would answer with a fault in place of the response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in list(response.headers.items()):
            if _CONTROLS.search(value):
                response.headers[name] = _CONTROLS.sub("?", value)
        return response

    return middleware
