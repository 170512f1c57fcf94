"""The face of people: what a refusal or a fault looks like as a page, and for wires where Django answers itself."""

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
from apps.core.error_renderers import is_protocol_path, register_page_renderer, render_refusal
from apps.core.errors import BadRequest, Forbidden, NotFound, Refusal, TooMany, Unavailable


def page_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say what happened; nobody in particular is led to sign in and back."""
    actor = getattr(request, "actor", ANONYMOUS)
    if (
        refusal.status == 401
        and not actor.is_signed_in
        and request.method == "GET"
        and "HX-Request" not in request.headers
    ):
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
    number = getattr(request, "request_id", "")
    facts = {"status": refusal.status, "code": refusal.code, "message": refusal.words, "request_id": number}
    return render(request, "errors/refusal.html", facts, status=refusal.status)


register_page_renderer(page_response)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_refusal(request, NotFound(_("There is nothing at this address.")))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_refusal(request, BadRequest(_("The request could not be read.")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_refusal(request, Forbidden(_("You may not do this here.")))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _(
        "This form was open for too long, or came from another site. Go back, reload the page, and send it again."
    )
    return render_refusal(request, Forbidden(message, code="FormExpired"))


def too_many(request: HttpRequest) -> HttpResponse:
    """What the account library shows to whoever tries too often."""
    return render_refusal(
        request, TooMany(_("Too many attempts. Try again in some minutes."), headers={"Retry-After": "60"})
    )


class Fault(Refusal):
    status = 500
    code = "Fault"
    default = "Something broke on our side. It was logged under the request id."


# the database or the queue is being started again, or two transactions waited for each other
PASSING = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
RETRY_SECONDS = "3"


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: a wire hears it in its own form, a person reads a page that needs no database."""
    is_passing = isinstance(sys.exc_info()[1], PASSING)
    if is_protocol_path(request.path):
        return render_refusal(
            request, Unavailable(headers={"Retry-After": RETRY_SECONDS}) if is_passing else Fault()
        )
    page = render(
        request,
        "errors/fault.html",
        {"request_id": getattr(request, "request_id", "")},
        status=503 if is_passing else 500,
    )
    if is_passing:
        page["Retry-After"] = RETRY_SECONDS
    return page
