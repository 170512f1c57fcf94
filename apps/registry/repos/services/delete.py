"""Deleting a repository: out of sight at once, for good after a grace period."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.blobs.services import drop_links

from ..access import repo_for
from ..addresses import Address
from ..models import Repo, RepoRedirect
from ..selectors.files import git_store

GRACE = timedelta(days=30)
PURGE_LIMIT = 200


@transaction.atomic
def delete_repo(*, actor: Actor, address: Address) -> None:
    """Put a repository out of sight and free its name; its files stay for a grace period.

    raises  RepoNotFound, Forbidden
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    repo.deleted_at = timezone.now()
    repo.save(update_fields=["deleted_at"])
    RepoRedirect.objects.filter(repo=repo).delete()
    record(actor, "repo.deleted", repo.address, repo=str(repo.id))


def purge_deleted(*, older_than: timedelta = GRACE) -> int:
    """Remove for good what was deleted longer ago than the grace period, and return how many.

    The row goes last, so that an interrupted run goes on where it was.
    """
    count = 0
    for repo in Repo.objects.filter(deleted_at__lt=timezone.now() - older_than).order_by("deleted_at")[:PURGE_LIMIT]:
        drop_links(repo.id)
        git_store().delete(repo.id)
        repo.delete()
        count += 1
    return count
