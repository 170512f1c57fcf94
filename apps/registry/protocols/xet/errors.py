"""Refusals for Xet clients: JSON, and a status that decides whether they retry."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from apps.core.errors import Refusal
from apps.core.web.cors import allow_cross_origin
from apps.core.web.error_renderers import register_error_renderer


def render(request: HttpRequest, refusal: Refusal) -> JsonResponse:
    return JsonResponse({"error": refusal.message, "code": refusal.code}, status=refusal.status)


def is_xet_path(path: str) -> bool:
    return path.startswith("/xet/") or path == "/v1/telemetry"


def register() -> None:
    register_error_renderer("xet", matches=is_xet_path, render=render)
    allow_cross_origin(is_xet_path)
