"""Repositories opened for a request, at a revision and path."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.registry.gitstore import GitRepo
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of

SEGMENTS_LIMIT = 16


@dataclass(frozen=True, slots=True)
class RepoAtRevision:
    """A path in a repository at a revision, with the revision as requested and its full sha."""

    repo: Repo
    git: GitRepo
    sha: str
    revision: str
    path: str


def open_repo(
    request: HubRequest, kind: RepoKind, namespace: str, name: str, need: Need = Need.READ
) -> tuple[Repo, GitRepo]:
    """Return a repository that the actor may access, and its git store.

    need    Need.SEE for views that reveal no file contents
    raises  RepoNotFound, GatedRepo, RepositoryMissing
    """
    repo = repo_for(request.actor, Address(kind, namespace, name), need)
    return repo, git_of(repo)


def open_at_revision(
    request: HubRequest, kind: RepoKind, namespace: str, name: str, revision: str, need: Need = Need.READ
) -> tuple[Repo, GitRepo, str]:
    """Return a repository, its git store and the full sha of a revision.

    raises  RepoNotFound, GatedRepo, RevisionNotFound
    """
    repo, git = open_repo(request, kind, namespace, name, need)
    return repo, git, git.resolve(revision)


def open_at_path(
    request: HubRequest,
    kind: RepoKind,
    namespace: str,
    name: str,
    revision: str,
    path: str,
    *,
    need: Need = Need.READ,
) -> RepoAtRevision:
    """Open a repository at an unencoded revision and path: the shortest revision that exists wins.

    revision  the first segment; segments of the path are appended until a revision of that name exists
    raises    RepoNotFound, GatedRepo, RevisionNotFound
    source    the JavaScript client sends `/tree/refs/pr/1/dir` and `/tree/a/branch/with/slashes`
    """
    repo, git = open_repo(request, kind, namespace, name, need)
    segments = path.split("/") if path else []
    for count in range(min(len(segments), SEGMENTS_LIMIT) + 1):
        named = "/".join([revision, *segments[:count]])
        sha = git.find(named)
        if sha:
            return RepoAtRevision(repo, git, sha, named, "/".join(segments[count:]))
    raise RevisionNotFound(f"Invalid rev id: {revision[:120]}")


def head_or_none(git: GitRepo) -> str | None:
    try:
        return git.resolve("HEAD")
    except RevisionNotFound:
        return None
