"""Create, delete, move and update repositories."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.http import HttpResponse, JsonResponse

from apps.core.errors import BadRequest
from apps.core.web.bodies import takes_body
from apps.core.web.headers import header_text
from apps.core.web.http import HubRequest
from apps.core.web.policies import SIGNED_IN, requires
from apps.registry.contents.services.checks import CARD
from apps.registry.contents.services.create import create_repo_with_files
from apps.registry.formats.cards.rules import SDKS
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN
from apps.registry.repos.services.access_requests import set_gating
from apps.registry.repos.services.delete import delete_repo
from apps.registry.repos.services.rename import rename_repo
from apps.registry.repos.services.settings import update_visibility
from apps.users.accounts.scopes import OAuthScope

from .access_requests import gating_of
from .errors import Unsupported
from .lines import decode_base64
from .params import absolute_url, address_of, body_text, json_body

# the options of a body that take effect; the others are named in a warning
CREATE_OPTIONS = frozenset("name organization type visibility private license files".split())
SPACE_OPTIONS = CREATE_OPTIONS | {"sdk"}
NAMED_OPTIONS_LIMIT = 20
# for the few small files that a repository may start with
CREATE_LIMIT_BYTES = 8 << 20
IS_PRIVATE = {"public": False, "private": True, "protected": True}


def kind_of(body: dict[str, Any]) -> RepoKind:
    """Parse `type`, by default a model.

    raises  BadRequest
    """
    value = body_text(body, "type", "model")
    if value not in RepoKind.values:
        if value == "bucket":
            raise Unsupported("Buckets are not supported yet.")
        raise BadRequest(f'"type" must be one of {", ".join(RepoKind.values)}.')
    return RepoKind(value)


def is_private(body: dict[str, Any]) -> bool | None:
    """Parse `visibility`, or the older `private`; None if both are absent.

    raises  BadRequest
    """
    visibility, flag = body.get("visibility"), body.get("private")
    if visibility is not None:
        if not isinstance(visibility, str) or visibility not in IS_PRIVATE:
            raise BadRequest('"visibility" must be public, private or protected.')
        return IS_PRIVATE[visibility]
    if flag is not None and not isinstance(flag, bool):
        raise BadRequest('"private" must be true or false.')
    return flag


def address_in(request: HubRequest, body: dict[str, Any], kind: RepoKind) -> Address:
    """Return the address of `name` and `organization`, by default the caller's own namespace."""
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


def add_warnings(
    response: HttpResponse, body: dict[str, Any], known: Collection[str], warnings: Iterable[str] = ()
) -> HttpResponse:
    """Name in a header that clients print which options of the body had no effect.

    warnings  sentences about the files
    source    huggingface_hub `_warn_on_warning_headers`
    """
    sentences, is_protected = list(warnings), body.get("visibility") == "protected"
    if is_protected:
        sentences.append('"protected" is not supported. The repository is private.')
    if body.get("license") and any(file["path"] == CARD for file in body.get("files") or []):
        sentences.append(f"The license was not added to {CARD}, which is among the files.")
    unknown = [name for name, value in body.items() if value and name not in known]
    if unknown:
        names = ", ".join(unknown[:NAMED_OPTIONS_LIMIT])
        sentences.append(f"These options are not supported: {names}.")
    if sentences:
        response["X-HF-Warning"] = header_text(
            f"{'visibility' if is_protected else 'repository'}; {' '.join(sentences)}"
        )
    return response


def files_in(body: dict[str, Any]) -> list[AddFile]:
    """Parse the files of a new repository (raises BadRequest).

    source  @huggingface/hub `createRepo`
    """
    files = body.get("files")
    if files is None:
        return []
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise BadRequest('"files" must be a list of {"path": …, "content": …, "encoding": …}.')
    return [AddFile(body_text(file, "path", limit=4096), decode_base64(file)) for file in files]


@takes_body(CREATE_LIMIT_BYTES)
@requires(SIGNED_IN, scopes=(OAuthScope.MANAGE_REPOS,))
def create(request: HubRequest) -> HttpResponse:
    """source  huggingface_hub `create_repo`, @huggingface/hub `createRepo`"""
    body = json_body(request, CREATE_LIMIT_BYTES)
    kind = kind_of(body)
    settings = {}
    if kind is RepoKind.SPACE:
        settings["sdk"] = body_text(body, "sdk")
        if settings["sdk"] not in SDKS:
            raise BadRequest(f'"sdk" must be one of {", ".join(sorted(SDKS))}.')
    made = create_repo_with_files(
        actor=request.actor,
        address=address_in(request, body, kind),
        files=files_in(body),
        license=body_text(body, "license", ""),
        is_private=is_private(body),
        settings=settings,
    )
    known = SPACE_OPTIONS if kind is RepoKind.SPACE else CREATE_OPTIONS
    return add_warnings(JsonResponse(repo_url(request, made.repo)), body, known, made.warnings)


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
def settings(request: HubRequest, repo: Repo) -> HttpResponse:
    """source  huggingface_hub `update_repo_settings`"""
    body = json_body(request)
    private, gating = is_private(body), gating_of(body)
    if private is None and gating is None:
        raise BadRequest('Set "visibility" or "gated".')
    with transaction.atomic():
        if private is not None:
            update_visibility(actor=request.actor, address=repo.address, is_private=private)
        if gating is not None:
            set_gating(actor=request.actor, address=repo.address, gating=gating)
    repo.refresh_from_db(fields=["is_private", "gating"])
    return JsonResponse({"private": repo.is_private, "gated": repo.gating or False})
