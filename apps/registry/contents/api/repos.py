"""REST API: creating repositories with a first card, and changing them with what is derived."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import operation
from apps.core.rest.view import actor_of
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.api import repos
from apps.registry.repos.api.repo_view import ADDRESS
from apps.registry.repos.api.repos import repo_address
from apps.registry.repos.api.shapes import NewRepo, RepoChange, RepoDetailSerializer, RepoSerializer
from apps.registry.repos.models import Gating, Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE
from apps.registry.repos.services.access_requests import set_gating
from apps.registry.repos.services.create import create_repo
from apps.registry.repos.services.settings import update_visibility
from apps.users.accounts.scopes import OAuthScope

from ..services.card import create_card
from ..services.default_branch import set_default_branch


@requires(PUBLIC, POST=SIGNED_IN, scopes=(OAuthScope.MANAGE_REPOS,))
class RepoList(repos.RepoList):
    """Repositories that you may see, and creating new ones."""

    @operation("create_repo", "repos", RepoSerializer, 507, status=201, body=NewRepo)
    def post(self, request: Request) -> Response:
        """Create a repository. With a license or description, it starts with a card."""
        data, actor = validated(request, NewRepo), actor_of(request)
        address = Address(RepoKind(data["kind"]), data.get("namespace") or actor.name, data["name"])
        settings = {"sdk": data["sdk"]} if address.kind is RepoKind.SPACE else {}
        repo = create_repo(actor=actor, address=address, is_private=data["is_private"], settings=settings)
        repo = create_card(actor=actor, repo=repo, license=data["licence"], description=data["description"])
        return Response(RepoSerializer(repo).data, status=201, headers={"Location": repo_address(repo)})


@requires(REPO_SEE, PATCH=REPO_ADMIN, DELETE=REPO_ADMIN)
class RepoDetail(repos.RepoDetail):
    """One repository, with changes to it."""

    @operation("update_repo", "repos", RepoDetailSerializer, 404, body=RepoChange, params=ADDRESS)
    def patch(self, request: Request, repo: Repo) -> Response:
        """Change the visibility, gating or default branch of a repository."""
        actor = actor_of(request)
        data = validated(request, RepoChange)
        if "default_branch" in data:
            set_default_branch(actor=actor, address=repo.address, name=data["default_branch"])
        if "is_private" in data:
            update_visibility(actor=actor, address=repo.address, is_private=data["is_private"])
        if "gating" in data:
            set_gating(actor=actor, address=repo.address, gating=Gating(data["gating"]))
        repo.refresh_from_db()
        return Response(RepoDetailSerializer(repo).data)
