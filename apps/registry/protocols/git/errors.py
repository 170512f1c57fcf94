"""Refusals for git: a status it understands and a message it prints after `remote:`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from apps.core.errors import Refusal, Unauthenticated

ENDINGS = ("/info/refs", "/git-upload-pack", "/git-receive-pack")


def render(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    response = HttpResponse(
        f"{refusal.message}\n", status=refusal.status, content_type="text/plain; charset=utf-8"
    )
    if isinstance(refusal, Unauthenticated):
        # git prompts for credentials only if this header is present
        response["WWW-Authenticate"] = 'Basic realm="Access token as the password", charset="UTF-8"'
    response["Cache-Control"] = "no-cache"
    return response


def is_git_path(path: str) -> bool:
    return path.endswith(ENDINGS)
