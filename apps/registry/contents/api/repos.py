"""REST API: creating repositories with a first card, and changing their default branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.core.rest.body import validated
from apps.core.rest.schema import operation
from apps.core.rest.view import actor_of, created
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.api import repos
from apps.registry.repos.api.repos import repo_path
from apps.registry.repos.api.shapes import RepoCreate, RepoDetailSerializer
from apps.users.accounts.scopes import OAuthScope

from ..services.card import card_text
from ..services.checks import CARD
from ..services.create import create_repo_with_files
from ..services.default_branch import set_default_branch


@requires(PUBLIC, POST=SIGNED_IN, scopes=(OAuthScope.MANAGE_REPOS,))
class RepoList(repos.RepoList):
    """Repositories that you may see, and creating new ones."""

    @operation("create_repo", "repos", RepoDetailSerializer, 409, 507, status=201, body=RepoCreate)
    def post(self, request: Request) -> Response:
        """Create a repository. With a license or description, it starts with a card."""
        data, actor = validated(request, RepoCreate), actor_of(request)
        kind = RepoKind(data.get("kind") or RepoKind.MODEL)
        address = Address(kind, data.get("namespace") or actor.name, data["name"])
        settings = {"sdk": data["sdk"]} if kind is RepoKind.SPACE else {}
        done = create_repo_with_files(
            actor=actor,
            address=address,
            files=first_files(address, settings, data.get("license") or "", data.get("description") or ""),
            is_private=data.get("is_private"),
            settings=settings,
        )
        return created(RepoDetailSerializer(done.repo).data, repo_path(done.repo))


def first_files(address: Address, settings: dict[str, str], license: str, description: str) -> list[AddFile]:
    """Return the card of a new repository, if there is something to say in it."""
    if not license and not description.strip():
        return []
    metadata = {"title": address.name, **settings} if settings else {}
    return [AddFile(CARD, card_text(address.name, {**metadata, "license": license}, description).encode())]


class RepoDetail(repos.RepoDetail):
    """One repository; changes may include its default branch."""

    def change(self, actor: Actor, address: Address, data: Mapping[str, Any]) -> None:
        if "default_branch" in data:
            set_default_branch(actor=actor, address=address, name=data["default_branch"])
        super().change(actor, address, data)
