"""What a request tells moderation besides the text: the hidden fields of a form, and where it came from."""

from __future__ import annotations

import time

from django.core import signing
from django.http import HttpRequest

from apps.core.web.rate_limits import client_ip

from .services.rules import Facts

HONEYPOT, OPENED = "website_url", "opened"
_SALT = "moderation.opened"
# a form that was open for longer says nothing
LONGEST_SECONDS = 7 * 24 * 3600


def opened_now() -> str:
    """Return the time, signed: a form carries it to where it is sent."""
    return signing.dumps(int(time.time() * 1000), salt=_SALT)


def opened_at(request: HttpRequest) -> str:
    """Return when a form was opened that is shown again, such as for a preview; otherwise now."""
    opened = request.POST.get(OPENED, "")
    return opened if _seconds_since(opened) else opened_now()


def facts_of(request: HttpRequest, *, starts_thread: bool = False) -> Facts:
    """Return the facts of a form that was sent with `submission_fields`, or of a program's request."""
    return Facts(
        starts_thread=starts_thread,
        honeypot=request.POST.get(HONEYPOT, "")[:200],
        seconds=_seconds_since(request.POST.get(OPENED, "")),
        ip=client_ip(request),
    )


def _seconds_since(opened: str) -> float | None:
    """Return how long a form was open; 0 if somebody changed its time, None without a form."""
    if not opened:
        return None
    try:
        moment = signing.loads(opened, salt=_SALT, max_age=LONGEST_SECONDS)
    except signing.SignatureExpired:
        return float(LONGEST_SECONDS)
    except signing.BadSignature:
        return 0.0
    return max(0.0, time.time() - int(moment) / 1000)
