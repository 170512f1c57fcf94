"""Errors of the REST API as problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core.errors import NotFound, Refusal, ValidationFailed
from apps.core.web.headers import header_text


def problem_body(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """source  RFC 9457"""
    return {
        "type": f"{settings.PUBLIC_URL}/api/v1/docs#problem-{refusal.code}",
        "title": refusal.code,
        "status": refusal.status,
        "detail": refusal.message,
        "code": refusal.code,
        "request_id": request_id,
        **({"facts": refusal.facts} if refusal.facts else {}),
    }


def render_problem(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Render a refusal of /api/v1 as problem+json."""
    body = problem_body(refusal, getattr(request, "request_id", ""))
    response = JsonResponse(
        body,
        status=refusal.status,
        content_type="application/problem+json",
        json_dumps_params={"default": str},
    )
    for name, value in refusal.headers.items():
        response[name] = header_text(str(value))
    return response


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    """Convert refusals and DRF's exceptions to problem+json: the EXCEPTION_HANDLER."""
    request = context["request"]._request
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, exceptions.ValidationError):
        error = ValidationFailed("Some fields are not valid.", fields=error.detail)
    if isinstance(error, exceptions.APIException):
        refusal = Refusal(str(error.detail), code=type(error).__name__)
        refusal.status = error.status_code  # type: ignore[misc]
        error = refusal
    return render_problem(request, error) if isinstance(error, Refusal) else None
