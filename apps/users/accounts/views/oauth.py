"""OAuth endpoints: the views of django-allauth, hardened against malformed requests."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import add_query_params
from allauth.idp.oidc import views as library
from allauth.idp.oidc.models import Client
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.web.middleware import POLICY
from apps.core.web.policies import PUBLIC, requires

from ..models import User
from ..oauth import command_line_client, command_line_client_id, has_authorized
from ..policies import PERSON

FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"
View = Callable[[HttpRequest], HttpResponse]


def _error_response(description: str, error: str = "invalid_request", *, status: int = 400) -> JsonResponse:
    """source  RFC 6749 section 5.2"""
    return JsonResponse({"error": error, "error_description": description}, status=status)


def _call_library(request: HttpRequest, view: View) -> HttpResponse:
    """Call a view of the library and turn parse errors into 400 responses."""
    if request.content_type != FORM_CONTENT_TYPE:
        return _error_response(f"Send a form ({FORM_CONTENT_TYPE}).")
    try:
        return view(request)
    except (ValueError, DataError):
        return _error_response("The form could not be read.")


@requires(PUBLIC)
@csrf_exempt
@require_POST
def device_code(request: HttpRequest) -> HttpResponse:
    """Start the device flow. The client of the CLI is created on first use.

    source  RFC 8628 section 3.1; huggingface_hub.utils._oauth_device.request_device_code
    """
    client_id = request.POST.get("client_id", "")
    if not client_id:
        return _error_response("client_id is missing.")
    if not ratelimit.consume(request=request, app="allauth.idp.oidc", action="device_code"):
        response = _error_response(
            "Too many codes were requested. Try again in a minute.", "slow_down", status=429
        )
        response["Retry-After"] = "60"
        return response
    if client_id == command_line_client_id():
        command_line_client()
    return _call_library(request, library.device_code)


@requires(PUBLIC)
@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    return _call_library(request, library.token)


@requires(PUBLIC)
@csrf_exempt
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    return _call_library(request, library.revoke)


@requires(PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Enter and confirm a device code. Unlike the view of the library, this one has CSRF protection."""
    response: HttpResponse = library.device_authorization(request)
    return response


@requires(PUBLIC)
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def authorization(request: HttpRequest) -> HttpResponse:
    """Ask for consent, only once for confidential clients. The library checks the CSRF token itself."""
    query = request.GET
    client = (
        Client.objects.filter(pk=query.get("client_id", "")).first() if request.method != "POST" else None
    )
    if (
        client
        and isinstance(request.user, User)
        and query.get("redirect_uri", "") in client.get_redirect_uris()
    ):
        scopes, prompts = (
            query.get("scope", "").split() or client.get_default_scopes(),
            query.get("prompt", "").split(),
        )
        is_known = has_authorized(request.user, client, scopes)
        if "none" in prompts and not is_known:
            return _redirect_to_client(
                query["redirect_uri"], error="consent_required", state=query.get("state")
            )
        if is_known and not prompts and client.type == Client.Type.CONFIDENTIAL:
            return redirect(f"{request.get_full_path()}&prompt=none")
    return _see_other(_allow_form_action(library.authorization(request), query.get("redirect_uri", "")))


def _redirect_to_client(address: str, **facts: str | None) -> HttpResponse:
    """Redirect to an application; its URI can have any scheme, which HttpResponseRedirect rejects."""
    response = HttpResponse(status=303)
    response["Location"] = add_query_params(address, {name: value for name, value in facts.items() if value})
    return response


def _see_other(response: HttpResponse) -> HttpResponse:
    """Redirect to applications with 303; redirects to our own pages are unchanged.

    source  RFC 9700 section 4.12: a browser must not repeat the POST at the redirect target
    """
    if response.status_code == 302 and not response["Location"].startswith("/"):
        response.status_code = 303
    return response


@requires(PUBLIC)
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    return _allow_form_action(library.logout(request), request.GET.get("post_logout_redirect_uri", ""))


def _allow_form_action(response: HttpResponse, address: str) -> HttpResponse:
    """Allow the form of a page to redirect to an application: browsers apply form-action to redirects."""
    try:
        parts = urlsplit(address)
        origin = (
            f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"
        )
    except ValueError:
        return response
    is_plain = parts.scheme and all(
        letter.isascii() and (letter.isalnum() or letter in ":/.-[]+") for letter in origin
    )
    if is_plain and response.status_code == 200:
        response["Content-Security-Policy"] = POLICY.replace(
            "form-action 'self'", f"form-action 'self' {origin}"
        )
    return response
