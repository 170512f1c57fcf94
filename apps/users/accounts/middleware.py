"""Sets the actor, language and time zone of each request; enforces the change of one-time passwords."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from apps.core.actor import ANONYMOUS
from apps.core.errors import Refusal
from apps.core.moderation.services.trust import note_visit
from apps.core.web.error_renderers import is_protocol_path, render_refusal

from .actors import actor_of, actor_of_session, check_account
from .errors import PasswordChangeRequired

Handler = Callable[[HttpRequest], HttpResponse]
CHECKING_OWN_CREDENTIALS = ("xet", "oauth", "hooks", "metrics")
SEEN_INTERVAL_SECONDS = 300
PAGES_BEFORE_CHANGE = (
    "account_change_password",
    "account_logout",
    "account_login",
    "account_reauthenticate",
    "set_language",
)


def checks_own_credentials(path: str) -> bool:
    """Return whether views check the Authorization header themselves, by the first segment of the path."""
    return path.removeprefix("/").partition("/")[0] in CHECKING_OWN_CREDENTIALS


def set_actor(get_response: Handler) -> Handler:
    """Set `request.actor`. Invalid credentials are rejected on every route, including public ones."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Authorization" in request.headers and not checks_own_credentials(request.path):
            try:
                request.actor = actor_of(request)  # type: ignore[attr-defined]
            except Refusal as refusal:
                request.actor = ANONYMOUS  # type: ignore[attr-defined]
                return render_refusal(request, refusal)
        else:
            request.actor = (  # type: ignore[attr-defined]
                SimpleLazyObject(lambda: actor_of_session(request)) if _has_session(request) else ANONYMOUS
            )
        return get_response(request)

    return middleware


def _has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _is_browser(request: HttpRequest) -> bool:
    return _has_session(request) and "Authorization" not in request.headers and request.user.is_authenticated


def end_refused_sessions(get_response: Handler) -> Handler:
    """Sign people out who may not be signed in anymore, such as suspended ones, and tell them why."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _is_browser(request) and request.user.pk is not None:
            try:
                check_account(request.user.pk)
            except Refusal as refusal:
                logout(request)
                request.actor = ANONYMOUS  # type: ignore[attr-defined]
                return render_refusal(request, refusal)
        return get_response(request)

    return middleware


def record_session_activity(get_response: Handler) -> Handler:
    """Record periodically from where a session is used, for the list of sessions."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _is_browser(request) and time.time() - request.session.get("seen_at", 0) > SEEN_INTERVAL_SECONDS:
            request.session["seen_at"] = int(time.time())
            UserSession.objects.create_from_request(request)
            note_visit(request.user.pk, minutes=SEEN_INTERVAL_SECONDS // 60)  # type: ignore[arg-type]
        return get_response(request)

    return middleware


def apply_preferences(get_response: Handler) -> Handler:
    """Apply the user's language and time zone; the defaults are the browser's language and UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        person = request.user if _is_browser(request) else None
        if person and person.language and not is_protocol_path(request.path):  # type: ignore[union-attr]
            translation.activate(person.language)  # type: ignore[union-attr]
            request.LANGUAGE_CODE = translation.get_language()
        if person and person.time_zone:  # type: ignore[union-attr]
            timezone.activate(person.time_zone)  # type: ignore[union-attr]
        else:
            timezone.deactivate()
        return get_response(request)

    return middleware


def require_password_change(get_response: Handler) -> Handler:
    """Redirect users who signed in with a one-time password to the form that replaces it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _is_browser(request) or not request.user.must_change_password:  # type: ignore[union-attr]
            return get_response(request)
        if request.path in [reverse(name) for name in PAGES_BEFORE_CHANGE] or request.path.startswith(
            settings.STATIC_URL
        ):
            return get_response(request)
        if request.method in ("GET", "HEAD"):
            return redirect("account_change_password")
        return render_refusal(request, PasswordChangeRequired(_("Set a new password to continue.")))

    return middleware
