"""Maintenance of git repositories: packing, and removing unreachable objects."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from apps.core.queue import enqueue
from apps.registry.contents.services.ref_updates import PACK_TASK
from apps.registry.gitstore.retained_refs import GRACE
from apps.registry.repos.errors import RepoNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_store

log = structlog.get_logger(__name__)
# leftovers of a change are due for cleaning within this time, with a margin of two daily runs
CHANGED_WITHIN = 2 * GRACE + timedelta(days=2)


def pack_repo(repo_id: UUID) -> bool:
    """Pack or clean a repository if needed; idempotent and safe beside readers and writers.

    returns  whether anything was done
    raises   RepoNotFound if its row or folder is gone
    """
    store = git_store()
    if not Repo.objects.filter(pk=repo_id).exists() or not store.exists(repo_id):
        raise RepoNotFound
    git = store.open(repo_id)
    if git.wants_cleaning:
        return git.clean()
    return git.wants_packing and git.pack()


def queue_packing() -> int:
    """Queue recently changed repositories that need packing or cleaning; return how many."""
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
