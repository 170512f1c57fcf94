"""Error pages for refusals and faults, and Django's error handlers."""

from __future__ import annotations

import sys
from urllib.parse import urlencode

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.core.actor import ANONYMOUS
from apps.core.errors import BadRequest, CsrfFailed, Forbidden, NotFound, Refusal, TooMany, Unavailable
from apps.core.web.error_renderers import is_protocol_path, render_refusal


def page_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Render a refusal as a page; send anonymous users to sign in and back."""
    actor = getattr(request, "actor", ANONYMOUS)
    if (
        refusal.status == 401
        and not actor.is_signed_in
        and request.method == "GET"
        and "HX-Request" not in request.headers
    ):
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
    is_plain = refusal.message == NotFound.default  # the heading already says so
    context = {
        "status": refusal.status,
        "code": refusal.code,
        "message": "" if is_plain else refusal.words,
        "request_id": getattr(request, "request_id", ""),
    }
    return render(request, "errors/refusal.html", context, status=refusal.status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_refusal(request, NotFound())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_refusal(request, BadRequest())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_refusal(request, Forbidden())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render_refusal(request, CsrfFailed())


def too_many(request: HttpRequest) -> HttpResponse:
    """Handle allauth's rate limits."""
    return render_refusal(
        request, TooMany(_("Too many attempts. Try again in a few minutes."), headers={"Retry-After": "60"})
    )


class Fault(Refusal):
    status = 500
    code = "Fault"
    default = "Something went wrong on our side. The error was logged under the request ID."


# the database or queue is restarting, or two transactions deadlocked
TRANSIENT = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
RETRY_SECONDS = "3"


def server_error(request: HttpRequest) -> HttpResponse:
    """Report an unhandled exception, by protocol or as a page that needs no database."""
    is_transient = isinstance(sys.exc_info()[1], TRANSIENT)
    if is_protocol_path(request.path):
        return render_refusal(
            request, Unavailable(headers={"Retry-After": RETRY_SECONDS}) if is_transient else Fault()
        )
    page = render(
        request,
        "errors/fault.html",
        {"request_id": getattr(request, "request_id", "")},
        status=503 if is_transient else 500,
    )
    if is_transient:
        page["Retry-After"] = RETRY_SECONDS
    return page
