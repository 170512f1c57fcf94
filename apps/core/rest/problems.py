"""Errors of the REST API as problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from apps.core.errors import (
    BadToken,
    Conflict,
    MethodNotAllowed,
    NotFound,
    Refusal,
    Unauthenticated,
    ValidationFailed,
    error_at,
    title_of,
)
from apps.core.web.headers import header_text
from apps.core.web.params import pointer_token

ERRORS_LIMIT = 100


def problem_body(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """Return a refusal as a problem; its facts are extension members.

    source  RFC 9457
    """
    code, title = refusal.code, refusal.title
    if refusal.status == Unauthenticated.status:
        # what is hidden and what is absent are one to those who have not signed in
        code, title = Unauthenticated.code, title_of(Unauthenticated.code)
    facts = dict(refusal.facts)
    errors = [*refusal.errors, *_errors_of_fields(facts.pop("fields", {}))][:ERRORS_LIMIT]
    if refusal.field and not errors:
        kind = "conflict" if refusal.status == Conflict.status else "invalid"
        errors = [error_at(refusal.message, kind, pointer=f"#/{refusal.field}")]
    return {
        **facts,
        "type": f"{settings.PUBLIC_URL}/api/v1/docs#problem-{code}",
        "title": title,
        "status": refusal.status,
        "detail": refusal.message,
        "code": code,
        "request_id": request_id,
        **({"errors": errors} if errors else {}),
    }


def render_problem(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Render a refusal of the REST API as problem+json."""
    body = problem_body(refusal, getattr(request, "request_id", ""))
    response = JsonResponse(
        body,
        status=refusal.status,
        content_type="application/problem+json",
        json_dumps_params={"default": str},
    )
    if refusal.status == Unauthenticated.status:
        response["WWW-Authenticate"] = _challenge(refusal)
    for name, value in refusal.headers.items():
        response[name] = header_text(str(value))
    return response


def _challenge(refusal: Refusal) -> str:
    """source  RFC 9110 section 11.6.1, RFC 6750 section 3"""
    return 'Bearer error="invalid_token"' if isinstance(refusal, BadToken) else "Bearer"


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    """Convert refusals and DRF's exceptions to problem+json: the EXCEPTION_HANDLER."""
    request = context["request"]._request
    refusal = refusal_of(error)
    return render_problem(request, refusal) if refusal else None


def refusal_of(error: Exception) -> Refusal | None:
    """Return the refusal that an exception means; None for a fault."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, exceptions.ValidationError):
        return ValidationFailed("Some fields are not valid.", errors=list(body_errors(error.detail)))
    if isinstance(error, exceptions.MethodNotAllowed):
        return MethodNotAllowed()
    if isinstance(error, exceptions.APIException):
        refusal = Refusal(str(error.detail), code=type(error).__name__)
        refusal.status = error.status_code  # type: ignore[misc]
        return refusal
    return None


def body_errors(detail: Any, pointer: str = "#") -> Iterator[dict[str, str]]:
    """Yield the errors of DRF's nested details, each with the JSON Pointer of its value.

    source  RFC 6901 section 6
    """
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            is_whole = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from body_errors(inner, pointer if is_whole else f"{pointer}/{pointer_token(str(key))}")
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            is_nested = isinstance(inner, Mapping | list | tuple)
            yield from body_errors(inner, f"{pointer}/{index}" if is_nested else pointer)
    else:
        yield error_at(str(detail), str(getattr(detail, "code", "invalid")), pointer=pointer)


def _errors_of_fields(fields: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the errors of a fact `fields`, whose names are paths such as `inputs.model`."""
    for name, detail in fields.items():
        tokens = [pointer_token(one) for one in name.split(".") if one]
        yield from body_errors(detail, "/".join(["#", *tokens]))
