"""The files of a repository."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from apps.registry.gitstore import GitRepo, GitStore

from ..models import Repo


@lru_cache(maxsize=1)
def store() -> GitStore:
    return GitStore(settings.REPOSITORIES_ROOT)


def git_of(repo: Repo) -> GitRepo:
    """Open the git repository of a row; open it again for each request.

    raises  RepositoryMissing
    """
    return store().open(repo.id)
