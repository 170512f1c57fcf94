"""The layers every request passes: ids, safety headers, bodies, raw paths, refusals, policies."""

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

from .disk_space import as_disk_full
from .error_renderers import is_protocol_path, render_refusal
from .errors import BadRequest, Refusal
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
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)
# what watches a site from outside asks for it by number
ANY_NAME = ("/healthz", "/readyz")
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
ID_FORM = re.compile(r"^[\x21-\x7e]{1,200}$")


def request_id(get_response: Handler) -> Handler:
    """Give each request an id: the client's own, its trace id, or a new one; log it and send it back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("x-request-id") or request.headers.get("x-amzn-trace-id") or ""
        request.request_id = sent if ID_FORM.match(sent) else secrets.token_hex(12)  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        with observe(request) as observation:
            response = observation.response = get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def security_headers(get_response: Handler) -> Handler:
    """Send the headers that keep a page to itself; a view may set a stricter policy."""

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
        # Answers differ by who asks: nobody in between may keep one for the next.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware


def known_hosts(get_response: Handler) -> Handler:
    """Refuse a request under a name that is not the site's; `asked_host` is the name that a browser knows the site by."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            if request.path not in ANY_NAME:
                request.requested_host = request.get_host()  # type: ignore[attr-defined]
        except DisallowedHost:
            words = "This site does not answer to the name it was asked for. Its operator can add names in ALLOWED_HOSTS.\n"
            return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


_raw_paths: list[re.Pattern[str]] = []


def register_raw_paths(pattern: re.Pattern[str]) -> None:
    """Declare paths that are routed as they were sent: an encoded slash is part of a segment, and converters decode it."""
    if pattern not in _raw_paths:
        _raw_paths.append(pattern)


def raw_paths(get_response: Handler) -> Handler:
    """Route declared paths as they were sent: `a%2Fb` is one segment."""

    def middleware(request: HttpRequest) -> HttpResponse:
        raw = request.META.get("RAW_URI", "").split("?")[0]
        if raw.startswith("/") and "%" in raw and any(pattern.match(raw) for pattern in _raw_paths):
            request.path_info = raw
        return get_response(request)

    return middleware


def protocols_in_english(get_response: Handler) -> Handler:
    """Answer programs in English, whatever a browser's or a person's language is: clients match sentences, headers hold ASCII."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_protocol_path(request.path):
            translation.activate("en")
        return get_response(request)

    return middleware


def has_nul(request: HttpRequest) -> bool:
    """Return whether the address holds a NUL, which no stored text can."""
    return "\0" in request.path or "%00" in request.META.get("QUERY_STRING", "")


class RefusalMiddleware:
    """Turn a refusal that leaves a view into the answer of its face."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if has_nul(request):
            return render_refusal(
                request, BadRequest(_("The address holds a character that no text may hold."))
            )
        # A quoted cookie spells any byte, and the session is looked up before any view that could refuse it.
        if any("\0" in value for value in request.COOKIES.values()):
            return render_refusal(request, BadRequest(_("The request holds a value that cannot be stored.")))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DataError):
            log.warning("request.unstorable", path=request.path, error=str(exception))
            exception = BadRequest(_("The request holds a value that cannot be stored."))
        full = as_disk_full(exception)
        if full is not None:
            log.error("disk.full", path=request.path, error=str(exception))
            exception = full
        if isinstance(exception, Refusal):
            log.info("request.refused", code=exception.code, status=exception.status, path=request.path)
            return render_refusal(request, exception)
        return None


class CsrfMiddleware(CsrfViewMiddleware):
    """Guard what a browser sends by itself: its cookies, and a password that it remembers. A Bearer token needs no guard."""

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
                # The guard would look for the token among the files of a form, and for that take in the whole upload.
                return get_callable(settings.CSRF_FAILURE_VIEW)(request, reason="")
            callback = _not_exempt  # The REST framework exempts each of its views and leaves the guard to its own authentication.
        try:
            return super().process_view(request, callback, callback_args, callback_kwargs)
        except Refusal as refusal:  # a body of unknown length that grew too long
            return render_refusal(request, refusal)


def is_from_browser(request: HttpRequest) -> bool:
    """Return whether a page sent the request: every browser says so when it sends a form or a script's POST."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers


def _not_exempt() -> None:
    """Stand for a view whose exemption does not count."""


class PublicAddressMiddleware:
    """Let every view write addresses as PUBLIC_URL has them, whatever name, port or scheme the request came by.

    A link in a mail leads to the site and nowhere else. It stands behind the guard of forms, which compares what a browser asked for.
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
    """Check the declared policy of a view before it runs."""

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
