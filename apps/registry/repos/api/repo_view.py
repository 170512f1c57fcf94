"""REST API: base of the views below a repository's address."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.core.actor import Need
from apps.core.errors import NotFound
from apps.core.rest.body import query_str
from apps.core.rest.schema import in_path, in_query
from apps.core.rest.view import ApiView, actor_of
from apps.registry.gitstore import GitRepo

from ..access import repo_for
from ..addresses import Address, RepoKind
from ..models import Repo
from ..selectors import git_of

KIND = in_path("kind", "Kind of repository.", enum=RepoKind.values)
NAMESPACE = in_path("namespace", "User or organization that owns the repository.")
NAME = in_path("name", "Name of the repository; former names work too.")
ADDRESS: tuple[OpenApiParameter, ...] = (KIND, NAMESPACE, NAME)
REVISION = in_query("revision", about="A branch, tag, commit or full ref. Default: the default branch.")


def address_of(kind: str, namespace: str, name: str) -> Address:
    """Return the address of a repository (raises NotFound for an unknown kind)."""
    if kind not in RepoKind.values:
        raise NotFound("Unknown kind of repository.")
    return Address(RepoKind(kind), namespace, name)


class RepoView(ApiView):
    """A view below the address of a repository."""

    def lock(self, request: Request, **names: Any) -> None:
        repo_for(
            actor_of(request),
            address_of(names["kind"], names["namespace"], names["name"]),
            Need.SEE,
            lock=True,
        )

    def repo(self, request: Request, names: dict[str, Any], need: Need = Need.READ) -> Repo:
        """Return the repository of the URL (raises RepoNotFound, Forbidden, GatedRepo)."""
        return repo_for(actor_of(request), address_of(names["kind"], names["namespace"], names["name"]), need)

    def open_repo(
        self, request: Request, names: dict[str, Any], need: Need = Need.READ
    ) -> tuple[Repo, GitRepo]:
        """Return the repository and its git folder (raises RepoNotFound, GatedRepo, RepositoryMissing)."""
        repo = self.repo(request, names, need)
        return repo, git_of(repo)

    def open_revision(
        self, request: Request, names: dict[str, Any], need: Need = Need.READ
    ) -> tuple[Repo, GitRepo, str, str]:
        """Return the repository, its git folder, the requested revision, and its commit.

        raises  RepoNotFound, GatedRepo, RevisionNotFound
        """
        repo, git = self.open_repo(request, names, need)
        revision = query_str(request, "revision") or repo.default_branch
        return repo, git, revision, git.resolve(revision)
