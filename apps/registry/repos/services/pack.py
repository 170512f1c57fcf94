"""Putting a repository's loose objects into packs."""

from __future__ import annotations

from uuid import UUID

from ..errors import RepoNotFound
from ..models import Repo
from ..selectors.files import git_store

PACK_TASK = "light.pack_repository"


def pack_repo(repo_id: UUID) -> bool:
    """Pack a repository if it has grown loose; safe beside readers and writers, and when repeated.

    returns  whether there was something to do
    raises   RepoNotFound if its row or its folder is gone
    """
    store = git_store()
    if not Repo.objects.filter(pk=repo_id).exists() or not store.exists(repo_id):
        raise RepoNotFound
    git = store.open(repo_id)
    if not git.wants_packing:
        return False
    git.pack()
    return True
