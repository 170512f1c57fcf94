"""Opened repositories at a revision and path."""

from __future__ import annotations

from dataclasses import dataclass

from apps.registry.gitstore import GitRepo
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


def open_at_revision(repo: Repo, revision: str) -> tuple[GitRepo, str]:
    """Return the git store of a repository and the full sha of a revision.

    raises  RepositoryMissing, RevisionNotFound
    """
    git = git_of(repo)
    return git, git.resolve(revision)


def open_at_path(repo: Repo, revision: str, path: str) -> RepoAtRevision:
    """Open a repository at an unencoded revision and path: the shortest revision that exists wins.

    revision  the first segment; segments of the path are appended until a revision of that name exists
    raises    RepositoryMissing, RevisionNotFound
    source    the JavaScript client sends `/tree/refs/pr/1/dir` and `/tree/a/branch/with/slashes`
    """
    git = git_of(repo)
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
