"""How a Xet client hears a refusal: a status that decides whether it tries again, and JSON."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from apps.core.cors import allow_cross_origin
from apps.core.errors import Refusal
from apps.core.faces import register_face


def answer(request: HttpRequest, refusal: Refusal) -> JsonResponse:
    return JsonResponse({"error": refusal.message, "code": refusal.code}, status=refusal.status)


def speaks_xet(path: str) -> bool:
    return path.startswith("/xet/") or path == "/v1/telemetry"


def register() -> None:
    register_face("xet", matches=speaks_xet, answer=answer)
    allow_cross_origin(speaks_xet)
