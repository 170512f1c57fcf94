"""Webhooks of the mail provider: replies that arrive, and addresses that bounce."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core.errors import NotFound
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from ..services.mail import record_bounce
from ..services.replies import receive_reply

MAIL_LIMIT_BYTES = 4 << 20


# the provider signs its request, or sends MAIL_WEBHOOK_SECRET
@csrf_exempt
@requires(PUBLIC)
@takes_body(MAIL_LIMIT_BYTES)
@require_http_methods(["HEAD", "POST"])
def mail_hook(request: HubRequest, provider: str, event: str) -> HttpResponse:
    """Take the events of a mail provider that django-anymail knows."""
    if not settings.MAIL_WEBHOOK_SECRET:
        raise NotFound
    try:
        match = resolve(f"/{provider}/{event}/", urlconf="anymail.urls")
    except Resolver404:
        raise NotFound from None
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def on_inbound(event: Any, **facts: object) -> None:
    """Receive the signal of a mail that arrived."""
    message = event.message
    recipient = message.envelope_recipient or ""
    receive_reply(message, recipient=recipient, is_spam=bool(message.spam_detected))


def on_tracking(event: Any, **facts: object) -> None:
    """Receive the signal of what became of a mail that was sent."""
    if event.event_type in ("bounced", "rejected", "complained") and event.recipient:
        record_bounce(event.recipient)
