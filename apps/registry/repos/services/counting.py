"""Counts what repositories store for the namespace that owns them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.business.usage.models import StoredItem
from apps.business.usage.services import Correction, drop_item, grow_item, store_item
from apps.registry.blobs.models import STORED_SOURCE
from apps.registry.blobs.selectors import stored_bytes, stored_bytes_by_repo
from apps.registry.blobs.services.counting import lock_count

from ..models import Repo

BATCH = 500


def count_repo(repo: Repo, *, within_limit: bool = False) -> None:
    """Count a locked or new repository as a whole, at the end of a transaction.

    raises  OverQuota if it must stay within the limit of its owner and does not
    """
    item = lock_count(repo.pk)
    store_item(item, namespace_id=_owner_id(repo), size_bytes=_actual_bytes(repo), within_limit=within_limit)


def count_owner(repo: Repo) -> None:
    """Count a locked repository for its present owner, or for nobody while it is deleted."""
    item = lock_count(repo.pk)
    store_item(item, namespace_id=_owner_id(repo), size_bytes=item.size_bytes)


def count_regular(repo: Repo, change: int) -> None:
    """Count bytes of regular files that a locked repository gained or lost; no limit refuses them here."""
    if change:
        grow_item(lock_count(repo.pk), change)


def _owner_id(repo: Repo) -> int | None:
    return None if repo.deleted_at else repo.namespace_id


def _actual_bytes(repo: Repo) -> int:
    return repo.regular_bytes + stored_bytes([repo.pk])


def recount_repos(dry_run: bool = False) -> list[Correction]:
    """Compare the count of every repository with its files and links, and correct what differs."""
    return [found for key in _differing() if (found := _recount(key, dry_run))] + _drop_gone(dry_run)


def _differing() -> list[UUID]:
    """Return the repositories whose count seems wrong, without locks."""
    found, last = [], UUID(int=0)
    repos = Repo.objects.order_by("pk").only("pk", "namespace_id", "deleted_at", "regular_bytes")
    while batch := list(repos.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        items = StoredItem.objects.filter(source=STORED_SOURCE, key__in=[str(repo.pk) for repo in batch])
        counted = {item.key: (item.namespace_id, item.size_bytes) for item in items}
        large = stored_bytes_by_repo(repo.pk for repo in batch)
        found += [
            repo.pk
            for repo in batch
            if counted.get(str(repo.pk)) != (_owner_id(repo), repo.regular_bytes + large.get(repo.pk, 0))
        ]
    return found


@transaction.atomic
def _recount(key: UUID, dry_run: bool) -> Correction | None:
    """Recount one repository under its lock and that of its count, so that nothing changes meanwhile."""
    rows = Repo.objects.select_related("namespace").select_for_update(of=("self",))
    repo = rows.filter(pk=key).first()
    if repo is None:
        return None
    item = lock_count(key)
    before, actual = (item.namespace_id, item.size_bytes), _actual_bytes(repo)
    if before == (_owner_id(repo), actual):
        return None
    if not dry_run:
        store_item(item, namespace_id=_owner_id(repo), size_bytes=actual)
    return Correction(str(repo.address), before[1], actual)


def _drop_gone(dry_run: bool) -> list[Correction]:
    """Forget the counts of repositories that no longer exist."""
    found, last = [], 0
    items = StoredItem.objects.filter(source=STORED_SOURCE).order_by("pk")
    while batch := list(items.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        known = Repo.objects.filter(pk__in=[item.key for item in batch]).values_list("pk", flat=True)
        kept = set(map(str, known))
        found += [item for item in batch if item.key not in kept]
    return [one for item in found if (one := _drop(item, dry_run))]


@transaction.atomic
def _drop(item: StoredItem, dry_run: bool) -> Correction | None:
    if Repo.objects.filter(pk=item.key).exists():
        return None
    if not dry_run:
        drop_item(STORED_SOURCE, item.key)
    return Correction(item.key, item.size_bytes, 0)
