"""Deleting and restoring repositories."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.core.deletions import may_delete
from apps.core.notifications.services.subscriptions import forget_targets
from apps.registry.blobs.services import unlink_repo

from ..access import may, repo_for
from ..addresses import Address
from ..audit import RepoAction
from ..errors import RepoNotFound
from ..models import Repo, RepoRedirect
from ..names import check_repo_name
from ..selectors.files import git_store
from .counting import count_owner
from .create import name_taken

GRACE = timedelta(days=30)
PURGE_LIMIT = 200


@transaction.atomic
def delete_repo(*, actor: Actor, address: Address) -> None:
    """Delete a repository and free its name; it can be restored for a grace period.

    raises  RepoNotFound, Forbidden
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    repo.deleted_at = timezone.now()
    repo.save(update_fields=["deleted_at"])
    RepoRedirect.objects.filter(repo=repo).delete()
    record(actor, RepoAction.REPO_DELETED, repo.address, repo=str(repo.id))
    count_owner(repo)


@transaction.atomic
def restore_repo(*, actor: Actor, repo_id: UUID, name: str = "") -> Repo:
    """Restore a deleted repository within the grace period.

    name    a new name in the same namespace, if the old one is taken
    raises  RepoNotFound if it is purged, not deleted, or not administered by the actor; NameTaken, BadName
    """
    repo = (
        Repo.objects.select_for_update(of=("self",))
        .select_related("namespace")
        .filter(pk=repo_id, deleted_at__isnull=False)
        .first()
    )
    if repo is None or not may(actor, Need.ADMIN, repo):
        raise RepoNotFound
    repo.deleted_at = None
    repo.name = check_repo_name(name) if name else repo.name
    try:
        with transaction.atomic():
            repo.save(update_fields=["deleted_at", "name", "key", "address_key"])
    except IntegrityError:
        raise name_taken(repo.kind, repo.namespace, repo.name) from None
    RepoRedirect.objects.filter(kind=repo.kind, address_key=repo.address_key).delete()
    record(actor, RepoAction.REPO_RESTORED, repo.address, repo=str(repo.id))
    count_owner(repo)
    return repo


def purge_deleted(*, older_than: timedelta = GRACE) -> int:
    """Purge repositories whose grace period is over, and return how many were purged."""
    limit = timezone.now() - older_than
    keys = (
        Repo.objects.filter(deleted_at__lt=limit)
        .order_by("deleted_at")
        .values_list("pk", flat=True)[:PURGE_LIMIT]
    )
    return sum(_purge(key, limit) for key in list(keys))


@transaction.atomic
def _purge(repo_id: UUID, limit: datetime) -> bool:
    """Purge a repository unless it is locked, was restored meanwhile, or a backup is running.

    The row goes last, so that an interrupted run can be repeated.
    """
    repo = Repo.objects.select_for_update(skip_locked=True).filter(pk=repo_id, deleted_at__lt=limit).first()
    if repo is None or not may_delete():
        return False
    unlink_repo(repo.id)
    git_store().delete(repo.id)
    forget_targets([repo.target])
    repo.delete()
    return True
