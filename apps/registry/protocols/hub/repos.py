"""Making, deleting, moving and setting repositories."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse, JsonResponse

from apps.core.actor import Need
from apps.core.errors import BadRequest
from apps.core.http import HubRequest
from apps.core.policies import SIGNED_IN, requires
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.cards.rules import SDKS
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN
from apps.registry.repos.services.access_requests import set_gating
from apps.registry.repos.services.create import create_repo
from apps.registry.repos.services.delete import delete_repo
from apps.registry.repos.services.rename import rename_repo
from apps.registry.repos.services.settings import update_visibility
from apps.users.accounts.scopes import OAuthScope

from .access_requests import gating_of
from .errors import Unsupported
from .params import absolute_url, address_of, body_text, json_body

NOT_KEPT = (
    "resourceGroupId",
    "region",
    "template",
    "hardware",
    "sleepTimeSeconds",
    "secrets",
    "variables",
    "volumes",
    "storage",
)
PRIVATE_WORDS = {"public": False, "private": True, "protected": True}


def kind_of(body: dict[str, Any]) -> RepoKind:
    """Return the kind that a body names; none means a model.

    raises  BadRequest
    """
    word = body_text(body, "type", "model")
    if word not in RepoKind.values:
        if word == "bucket":
            raise Unsupported("This site does not offer buckets yet.")
        raise BadRequest(f'"type" must be one of {", ".join(RepoKind.values)}.')
    return RepoKind(word)


def is_private(body: dict[str, Any]) -> bool | None:
    """Return what `visibility`, or the older `private`, says; None if neither says anything.

    raises  BadRequest
    """
    word, flag = body.get("visibility"), body.get("private")
    if word is not None:
        if not isinstance(word, str) or word not in PRIVATE_WORDS:
            raise BadRequest('"visibility" must be public, private or protected.')
        return PRIVATE_WORDS[word]
    if flag is not None and not isinstance(flag, bool):
        raise BadRequest('"private" must be true or false.')
    return flag


def address_in(request: HubRequest, body: dict[str, Any], kind: RepoKind) -> Address:
    """Return the address that `name` and `organization` spell; no organization means the caller's own name."""
    name = body_text(body, "name")
    if "/" in name:
        return address_of(kind, name)
    return Address(kind, body_text(body, "organization", "") or request.actor.name, name)


def repo_url(request: HubRequest, repo: Repo) -> dict[str, str]:
    """source  huggingface_hub `create_repo` reads `url`, the JavaScript client `id`"""
    return {
        "url": absolute_url(request, f"/{repo.address.path}"),
        "name": repo.address.id,
        "id": repo.id.hex[:24],
    }


def with_warnings(response: HttpResponse, body: dict[str, Any]) -> HttpResponse:
    """Say in the header that clients show what was asked for and is not offered.

    source  huggingface_hub `_warn_on_warning_headers`
    """
    left_out = [name for name in NOT_KEPT if body.get(name)]
    if body.get("visibility") == "protected":
        response["X-HF-Warning"] = (
            "visibility; This site has no protected repositories. The repository is private."
        )
    elif left_out:
        response["X-HF-Warning"] = f"repository; This site does not offer {', '.join(left_out)}."
    return response


@requires(SIGNED_IN, scopes=(OAuthScope.MANAGE_REPOS,))
def create(request: HubRequest) -> HttpResponse:
    """source  huggingface_hub `create_repo`"""
    body = json_body(request)
    kind = kind_of(body)
    settings = {}
    if kind is RepoKind.SPACE:
        settings["sdk"] = body_text(body, "sdk")
        if settings["sdk"] not in SDKS:
            raise BadRequest(f'"sdk" must be one of {", ".join(sorted(SDKS))}.')
    repo = create_repo(
        actor=request.actor,
        address=address_in(request, body, kind),
        is_private=is_private(body),
        settings=settings,
    )
    return with_warnings(JsonResponse(repo_url(request, repo)), body)


@requires(SIGNED_IN, scopes=(OAuthScope.MANAGE_REPOS,))
def delete(request: HubRequest) -> HttpResponse:
    """source  huggingface_hub `delete_repo`"""
    body = json_body(request)
    delete_repo(actor=request.actor, address=address_in(request, body, kind_of(body)))
    return JsonResponse({})


@requires(SIGNED_IN, scopes=(OAuthScope.MANAGE_REPOS,))
def move(request: HubRequest) -> HttpResponse:
    """source  huggingface_hub `move_repo`"""
    body = json_body(request)
    kind = kind_of(body)
    origin, target = (
        address_of(kind, body_text(body, "fromRepo")),
        address_of(kind, body_text(body, "toRepo")),
    )
    return JsonResponse(repo_url(request, rename_repo(actor=request.actor, address=origin, to=target)))


@requires(REPO_ADMIN)
@transaction.atomic
def settings(request: HubRequest, kind: RepoKind, namespace: str, name: str) -> HttpResponse:
    """source  huggingface_hub `update_repo_settings`"""
    address = repo_for(request.actor, Address(kind, namespace, name), Need.ADMIN).address
    body = json_body(request)
    private, gating = is_private(body), gating_of(body)
    if private is None and gating is None:
        raise BadRequest('Name what is to be set: "visibility" or "gated".')
    if private is not None:
        update_visibility(actor=request.actor, address=address, is_private=private)
    if gating is not None:
        set_gating(actor=request.actor, address=address, gating=gating)
    repo = repo_for(request.actor, address, Need.ADMIN)
    return JsonResponse({"private": repo.is_private, "gated": repo.gating or False})
