"""Packing repositories, and removing what nothing leads to any more."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from apps.core.queue import enqueue
from apps.registry.gitstore.retained_refs import GRACE

from ..errors import RepoNotFound
from ..models import Repo
from ..selectors.files import git_store

log = structlog.get_logger(__name__)
PACK_TASK = "light.pack_repository"
# whatever a change left behind has wanted cleaning by then, and was found by one of the daily looks
CHANGED_WITHIN = 2 * GRACE + timedelta(days=2)


def pack_repo(repo_id: UUID) -> bool:
    """Pack or clean a repository if it wants that; safe beside readers and writers, and when repeated.

    returns  whether something was done
    raises   RepoNotFound if its row or its folder is gone
    """
    store = git_store()
    if not Repo.objects.filter(pk=repo_id).exists() or not store.exists(repo_id):
        raise RepoNotFound
    git = store.open(repo_id)
    if git.wants_cleaning:
        return git.clean()
    return git.wants_packing and git.pack()


def pack_what_wants_it() -> int:
    """Queue every lately changed repository that wants packing or cleaning; return how many."""
    store, count = git_store(), 0
    changed = Repo.objects.filter(deleted_at=None, updated_at__gte=timezone.now() - CHANGED_WITHIN)
    for repo_id in changed.values_list("pk", flat=True).iterator():
        if not store.exists(repo_id):
            log.error("repo.files_missing", repo=str(repo_id))
            continue
        git = store.open(repo_id)
        if git.wants_packing or git.wants_cleaning:
            enqueue(PACK_TASK, repo_id)
            count += 1
    return count
