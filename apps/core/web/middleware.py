"""Middleware: request ids, security headers, known hosts, raw paths, refusals, CSRF, policies."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import get_callable
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core.declaration import declared
from apps.core.disk_space import find_disk_full
from apps.core.errors import BadRequest, Refusal

from .error_renderers import is_protocol_path, render_refusal
from .metrics import observe
from .policies import check_policy, policy_of, scopes_of

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-src 'self'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)
# health checks may use an IP address as the host
ANY_HOST_PATHS = ("/healthz", "/readyz")
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
ID_FORM = re.compile(r"^[\x21-\x7e]{1,200}$")


def request_id(get_response: Handler) -> Handler:
    """Give each request an id (the client's, its trace id or a new one), log it and return it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("x-request-id") or request.headers.get("x-amzn-trace-id") or ""
        id_ = sent if ID_FORM.match(sent) else secrets.token_hex(12)
        request.request_id = id_  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(request_id=id_)
        with observe(request) as observation:
            response = observation.response = get_response(request)
        response["X-Request-Id"] = id_
        return response

    return middleware


def security_headers(get_response: Handler) -> Handler:
    """Add security headers; a view may set a stricter policy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if settings.SECURE_HSTS_SECONDS:
            response.headers.setdefault(
                "Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"
            )
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        # Responses depend on the user: shared caches must not store them.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware


def known_hosts(get_response: Handler) -> Handler:
    """Refuse unknown hosts; `requested_host` is the host name that the client used."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            if request.path not in ANY_HOST_PATHS:
                request.requested_host = request.get_host()  # type: ignore[attr-defined]
        except DisallowedHost:
            text = "Unknown host name. An administrator can add it to ALLOWED_HOSTS.\n"
            return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


def raw_paths(get_response: Handler) -> Handler:
    """Route declared paths undecoded: `a%2Fb` is one segment, which a converter decodes."""

    def middleware(request: HttpRequest) -> HttpResponse:
        raw = request.META.get("RAW_URI", "").split("?")[0]
        if raw.startswith("/") and "%" in raw and is_raw_path(raw):
            request.path_info = raw
        return get_response(request)

    return middleware


def is_raw_path(path: str) -> bool:
    return any(pattern.match(path) for pattern in declared().raw_paths)


def protocols_in_english(get_response: Handler) -> Handler:
    """Use English for protocols in every locale: clients match sentences, and headers are ASCII."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_protocol_path(request.path):
            translation.activate("en")
        return get_response(request)

    return middleware


def has_nul(request: HttpRequest) -> bool:
    """Return whether the URL contains a NUL, which PostgreSQL cannot store."""
    query = request.META.get("QUERY_STRING", "")
    return "\0" in request.path or "%00" in query or "\0" in query


class RefusalMiddleware:
    """Render refusals raised by views in the protocol of the path."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if has_nul(request):
            return render_refusal(request, BadRequest(_("The URL contains a NUL character.")))
        # A quoted cookie can contain any byte, and the session lookup precedes every view.
        if any("\0" in value for value in request.COOKIES.values()):
            return render_refusal(request, BadRequest(_("A cookie contains a NUL character.")))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DataError):
            log.warning("request.unstorable", path=request.path, error=str(exception))
            exception = BadRequest(_("The request contains a value that cannot be stored."))
        full = find_disk_full(exception)
        if full is not None:
            log.error("disk.full", path=request.path, error=str(exception))
            exception = full
        if isinstance(exception, Refusal):
            log.info("request.refused", code=exception.code, status=exception.status, path=request.path)
            return render_refusal(request, exception)
        return None


class CsrfMiddleware(CsrfViewMiddleware):
    """CSRF protection for credentials that browsers send on their own: cookies and remembered passwords.

    Bearer tokens need none.
    """

    def process_view(self, request, callback, callback_args, callback_kwargs):  # type: ignore[no-untyped-def]
        scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
        if scheme == "bearer":
            return None
        if is_protocol_path(request.path):
            if settings.SESSION_COOKIE_NAME not in request.COOKIES and not (
                scheme and is_from_browser(request)
            ):
                return None
            if (
                request.content_type == "multipart/form-data"
                and settings.CSRF_HEADER_NAME not in request.META
                and request.method not in SAFE
            ):
                # Django would read the whole upload to find the token in the form.
                return get_callable(settings.CSRF_FAILURE_VIEW)(request, reason="")
            # DRF exempts its views and leaves CSRF to its session authentication, which we don't use.
            callback = _not_exempt
        try:
            return super().process_view(request, callback, callback_args, callback_kwargs)
        except Refusal as refusal:  # a body of unknown length exceeded its limit
            return render_refusal(request, refusal)


def is_from_browser(request: HttpRequest) -> bool:
    """Return whether a browser sent the request: browsers add these headers to form and script POSTs."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers


def _not_exempt() -> None:
    """Replaces a view that is marked csrf_exempt."""


class PublicAddressMiddleware:
    """Build absolute URLs from PUBLIC_URL, whatever host, port or scheme the request used.

    Links in mails then always lead to this site. Runs after CsrfMiddleware, which needs the requested host.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):  # type: ignore[no-untyped-def]
        scheme, _, host = settings.PUBLIC_URL.partition("://")
        request.META["HTTP_HOST"] = host.partition("/")[0]
        request.META["wsgi.url_scheme"] = scheme
        for name in ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO"):
            request.META.pop(name, None)
        return None


class PolicyMiddleware:
    """Enforce a view's declared policy before it runs."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):  # type: ignore[no-untyped-def]
        try:
            check_policy(policy_of(view, request.method), request.actor, scopes_of(view))
        except Refusal as refusal:
            return render_refusal(request, refusal)
        return None
