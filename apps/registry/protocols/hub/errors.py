"""How a refusal reads for hub clients: three headers that decide, and a JSON body."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core.cors import allow_cross_origin
from apps.core.error_renderers import register_error_renderer
from apps.core.errors import NotFound, Refusal
from apps.core.headers import header_text
from apps.core.rate_limits import register_resource

BYTE_ROUTES = re.compile(r"^/(?:datasets/|spaces/|kernels/)?[^/]+/(?:[^/]+/)?(?:resolve|raw)/[^/]+/")


class Unsupported(NotFound):
    """A route of the protocol that this site does not have."""

    code = "NotOffered"
    default = "This site does not offer this yet."


def speaks_hub(path: str) -> bool:
    """Return whether the hub's clients ask at this path."""
    return (path.startswith("/api/") and not path.startswith("/api/v1/")) or carries_files(path)


def carries_files(path: str) -> bool:
    return BYTE_ROUTES.match(path) is not None


def render(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the refusal for a hub client.

    source  huggingface_hub `hf_raise_for_status`: headers first, then the body's `error`
    """
    facts = dict(refusal.facts)
    url = facts.pop("url", None)
    body: dict[str, object] = {
        "error": refusal.message,
        **{key: value for key, value in facts.items() if key not in ("error", "errors")},
    }
    if url is not None:
        body["url"] = f"{settings.PUBLIC_URL}{url}" if str(url).startswith("/") else url
    response = JsonResponse(body, status=refusal.status, json_dumps_params={"default": str})
    response["X-Error-Code"] = header_text(refusal.code)
    response["X-Error-Message"] = header_text(refusal.message)
    if refusal.status == 401 and request.method in ("GET", "HEAD"):
        response["WWW-Authenticate"] = 'Bearer realm="hub"'
    return response


def register() -> None:
    register_error_renderer("hub", matches=speaks_hub, render=render)
    register_resource("resolvers", matches=carries_files)
    allow_cross_origin(carries_files)
