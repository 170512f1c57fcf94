"""A repository at a revision, as one request sees it."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.actor import Need
from apps.core.http import HubRequest
from apps.registry.gitstore import GitRepo
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of

SEGMENTS_LIMIT = 16


@dataclass(frozen=True, slots=True)
class RepoAtRevision:
    """A place in a repository: the revision as it was named, its full sha, and the path behind it."""

    repo: Repo
    git: GitRepo
    sha: str
    revision: str
    path: str


def open_repo(
    request: HubRequest, kind: RepoKind, namespace: str, name: str, need: Need = Need.READ
) -> tuple[Repo, GitRepo]:
    """Open the door of a repository and its git folder.

    need    Need.SEE where no content is told
    raises  RepoNotFound, GatedRepo, RepositoryMissing
    """
    repo = repo_for(request.actor, Address(kind, namespace, name), need)
    return repo, git_of(repo)


def open_at_revision(
    request: HubRequest, kind: RepoKind, namespace: str, name: str, revision: str, need: Need = Need.READ
) -> tuple[Repo, GitRepo, str]:
    """Open a repository at a revision and return its full sha too.

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
    """Open a repository where a revision ends and a path begins somewhere in what follows: some clients send both as they are.

    revision  what the first segment says; if there is none of that name, the segments of the path go on with it
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
