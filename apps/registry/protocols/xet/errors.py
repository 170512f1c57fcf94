"""Refusals for Xet clients: JSON, and a status that decides whether they retry."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from apps.core.errors import Refusal


def render(request: HttpRequest, refusal: Refusal) -> JsonResponse:
    return JsonResponse(
        {"error": refusal.message, "code": refusal.protocol_code},
        status=refusal.protocol_status or refusal.status,
    )


def is_xet_path(path: str) -> bool:
    return path.startswith("/xet/") or path == "/v1/telemetry"
