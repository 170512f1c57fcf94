"""A repository at a revision, as one request sees it."""

from __future__ import annotations

from apps.core.http import HubRequest
from apps.registry.gitstore import GitRepo
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of


def opened(request: HubRequest, kind: RepoKind, namespace: str, name: str) -> tuple[Repo, GitRepo]:
    """Open the door of a repository and its git folder.

    raises  RepoNotFound, RepositoryMissing
    """
    repo = repo_for(request.actor, Address(kind, namespace, name))
    return repo, git_of(repo)


def opened_at(request: HubRequest, kind: RepoKind, namespace: str, name: str, revision: str) -> tuple[Repo, GitRepo, str]:
    """Open a repository at a revision and return its full sha too.

    raises  RepoNotFound, RevisionNotFound
    """
    repo, git = opened(request, kind, namespace, name)
    return repo, git, git.resolve(revision)


def head_or_none(git: GitRepo) -> str | None:
    try:
        return git.resolve("HEAD")
    except RevisionNotFound:
        return None
