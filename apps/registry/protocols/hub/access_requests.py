"""Access requests of gated repositories: listed, decided, granted."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.errors import BadRequest
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.repos.errors import RequestNotFound
from apps.registry.repos.models import ACCESS_WORDS_LIMIT, AccessRequest, AccessState, Gating, Repo
from apps.registry.repos.policies import REPO_ADMIN
from apps.registry.repos.selectors.access_requests import access_requests, requests_to
from apps.registry.repos.services.access_requests import decide_access, grant_access

from .params import body_text, format_timestamp, json_body, list_response, query_limit, query_str

PAGE = 200


def gating_of(body: dict[str, Any]) -> Gating | None:
    """Parse `gated`: "auto", "manual" or false; None if it is absent.

    raises  BadRequest
    """
    value = body.get("gated")
    if value is None:
        return None
    if value is False:
        return Gating.NONE
    if not isinstance(value, str) or value not in (Gating.AUTO, Gating.MANUAL):
        raise BadRequest('"gated" must be "auto", "manual" or false.')
    return Gating(value)


@requires(REPO_ADMIN)
def list_requests(request: HubRequest, repo: Repo, state: AccessState) -> HttpResponse:
    """source  huggingface_hub `list_pending_access_requests`, and the same for accepted and rejected"""
    limit = query_limit(request, default=PAGE, most=PAGE)
    page = access_requests(repo, state, cursor=query_str(request, "cursor"), limit=limit)
    items = [serialize_access_request(one) for one in page.items]
    return list_response(request, items, next_cursor=page.next_cursor)


def serialize_access_request(access_request: AccessRequest) -> dict[str, Any]:
    """source  huggingface_hub `AccessRequest`; only people who requested access shared their email address"""
    person: dict[str, Any] = {
        "user": access_request.user.username,
        "fullname": access_request.user.namespace.title,
        "type": "user",
    }
    if access_request.is_requested:
        person["email"] = access_request.user.verified_email
    return {
        "requestId": f"{access_request.pk:024x}",
        "status": access_request.state,
        "timestamp": format_timestamp(access_request.created_at),
        "user": person,
        "grantedBy": access_request.decided_by.username if access_request.decided_by else None,
        "fields": {"reason": access_request.reason} if access_request.reason else {},
    }


@requires(REPO_ADMIN)
def handle(request: HubRequest, repo: Repo) -> HttpResponse:
    """source  huggingface_hub `accept_access_request`, `reject_access_request`, `cancel_access_request`"""
    body = json_body(request)
    status, reply = (
        body_text(body, "status"),
        body_text(body, "rejectionReason", "", limit=ACCESS_WORDS_LIMIT),
    )
    if status not in AccessState.values:
        raise BadRequest(f'"status" must be one of {", ".join(AccessState.values)}.')
    person = body_text(body, "user", "") or _requester(repo, body_text(body, "requestId"))
    decided = decide_access(
        actor=request.actor, address=repo.address, name=person, state=AccessState(status), reply=reply
    )
    return JsonResponse(serialize_access_request(decided))


def _requester(repo: Repo, number: str) -> str:
    """Return the username of the request with an id (raises RequestNotFound)."""
    try:
        key = int(number, 16)
    except ValueError:
        raise RequestNotFound from None
    found = requests_to(repo).filter(pk=key).first() if key < 1 << 63 else None
    if found is None:
        raise RequestNotFound
    return found.user.username


@requires(REPO_ADMIN)
def grant(request: HubRequest, repo: Repo) -> HttpResponse:
    """source  huggingface_hub `grant_access`"""
    return JsonResponse(
        serialize_access_request(
            grant_access(
                actor=request.actor, address=repo.address, name=body_text(json_body(request), "user")
            )
        )
    )
