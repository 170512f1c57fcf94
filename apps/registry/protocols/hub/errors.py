"""Refusals for hub clients: error headers and a JSON body."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core.errors import NotFound, Refusal
from apps.core.web.headers import header_text
from apps.core.web.rest_paths import is_rest_path
from apps.registry.gitstore.errors import RefMoved

# huggingface_hub's own tests compare it
BRANCH_MOVED_SENTENCE = "The branch was updated since you opened this page. Please refresh and try again."
BYTE_ROUTES = re.compile(r"^/(?:datasets/|spaces/|kernels/)?[^/]+/(?:[^/]+/)?(?:resolve|raw)/[^/]+/")


class Unsupported(NotFound):
    """A route or option of the protocol that this site does not support."""

    code = "NotSupported"
    default = "This is not supported yet."


def is_hub_path(path: str) -> bool:
    """Return whether a path belongs to the hub API or serves files."""
    return (path.startswith("/api/") and not is_rest_path(path)) or is_file_path(path)


def is_file_path(path: str) -> bool:
    return BYTE_ROUTES.match(path) is not None


def render(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Render a refusal for a hub client.

    source  huggingface_hub `hf_raise_for_status`: headers first, then the body's `error`
    """
    facts = dict(refusal.facts)
    url = facts.pop("existing_url", None)
    message = BRANCH_MOVED_SENTENCE if refusal.code == RefMoved.code else refusal.message
    body: dict[str, object] = {
        "error": message,
        **{key: value for key, value in facts.items() if key not in ("error", "errors")},
    }
    if url is not None:
        body["url"] = f"{settings.PUBLIC_URL}{url}" if str(url).startswith("/") else url
    status = refusal.protocol_status or refusal.status
    response = JsonResponse(body, status=status, json_dumps_params={"default": str})
    response["X-Error-Code"] = header_text(refusal.protocol_code)
    response["X-Error-Message"] = header_text(message)
    if refusal.status == 401 and request.method in ("GET", "HEAD"):
        response["WWW-Authenticate"] = 'Bearer realm="hub"'
    return response


def is_registry_path(path: str) -> bool:
    """Return whether a path belongs to the registries of container images, where ollama pulls from."""
    return path.startswith("/v2/")


def render_registry(request: HttpRequest, refusal: Refusal) -> JsonResponse:
    """source  OCI distribution specification, "Error Codes" """
    error = {"code": "UNSUPPORTED", "message": refusal.message, "detail": None}
    return JsonResponse({"errors": [error]}, status=refusal.status)
