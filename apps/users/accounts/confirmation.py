"""Acts that need a person who signed in, or confirmed access, a short time before."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from apps.core.actor import ActorKind
from apps.core.rest.view import actor_of

from .errors import ConfirmAccess

View = Callable[..., HttpResponse]
LASTS = timedelta(hours=1)
KEY = "access_confirmed_at"


def remember_confirmation(sender: object, request: HttpRequest, **facts: object) -> None:
    """Receive the signals of a sign-in and of a confirmation by password, code or passkey."""
    request.session[KEY] = int(time.time())


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the person of a session signed in or confirmed access within the last hour."""
    return bool(time.time() - request.session.get(KEY, 0) < LASTS.total_seconds())


def confirmed_access(view: View) -> View:
    """Ask for confirmed access before a POST; the form is sent again by itself afterwards."""
    decorated: View = reauthentication_required(enabled=_needs_confirmation)(view)
    return decorated


def _needs_confirmation(request: HttpRequest) -> bool:
    return request.method == "POST" and not is_confirmed(request)


def check_confirmed(request: Request) -> None:
    """Refuse a session whose access was not confirmed lately; tokens and applications need no confirmation.

    raises  ConfirmAccess
    """
    actor = actor_of(request)
    if actor.kind is ActorKind.PERSON and not actor.is_application and not is_confirmed(request._request):
        raise ConfirmAccess(url="/account/confirm-access")
