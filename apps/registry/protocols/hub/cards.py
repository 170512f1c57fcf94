"""Validation of card metadata before a commit."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.errors import BadRequest
from apps.core.web.bodies import takes_body
from apps.core.web.headers import header_text
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires
from apps.registry.formats.cards import CardReport, validate_card
from apps.registry.repos.addresses import RepoKind

from .params import body_text, json_body

CARD_LIMIT = 2 << 20


@takes_body(2 * CARD_LIMIT)
@requires(PUBLIC)
def validate_yaml(request: HubRequest) -> HttpResponse:
    """Return the errors and warnings of a card as JSON or text; 400 if a commit of it would be rejected.

    source  huggingface_hub `RepoCard.validate`, `_validate_yaml`
    """
    body = json_body(request, limit=2 * CARD_LIMIT)
    kind = body_text(body, "repoType", "model")
    if kind not in RepoKind.values:
        raise BadRequest(f'"repoType" must be one of {", ".join(RepoKind.values)}.')
    report = validate_card(body_text(body, "content", limit=CARD_LIMIT), kind)
    status = 200 if report.is_valid else 400
    if request.headers.get("Accept", "").startswith("text/plain"):
        response = HttpResponse(report.text, status=status, content_type="text/plain; charset=utf-8")
    else:
        response = JsonResponse(serialize_report(report), status=status)
    if report.errors:
        response["X-Error-Code"], response["X-Error-Message"] = "InvalidCard", header_text(report.errors[0])
    return response


def serialize_report(report: CardReport) -> dict[str, Any]:
    first = {"error": report.errors[0]} if report.errors else {}
    return {
        **first,
        "errors": [{"message": one} for one in report.errors],
        "warnings": [{"message": one} for one in report.warnings],
    }
