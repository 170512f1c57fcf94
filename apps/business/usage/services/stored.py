"""Counting stored bytes as they change, in the transaction that changes them.

Locks are taken in one order, so that writers cannot deadlock: the row of the thing (if its app locks one),
its stored item, the rows that it counts, and last the totals, by namespace. A total stays locked until the
transaction ends: update it at the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, QuerySet, Sum

from apps.core.declaration import declared

from ..meters import Meter
from ..models import StoredItem, StoredTotal
from ..selectors import limit_for
from .limits import over_limit

log = structlog.get_logger(__name__)


def lock_item(source: str, key: object) -> StoredItem:
    """Lock the count of a thing until the transaction ends; a new one stores nothing, for no namespace."""
    rows = StoredItem.objects.select_for_update().filter(source=source, key=str(key))
    row = rows.first()
    if row is None:
        StoredItem.objects.bulk_create([StoredItem(source=source, key=str(key))], ignore_conflicts=True)
        row = rows.get()
    return row


def store_item(
    item: StoredItem, *, namespace_id: int | None, size_bytes: int, within_limit: bool = False
) -> None:
    """Record what a locked item stores and for whom.

    namespace_id  None for a deleted thing that can be restored: it counts for no namespace
    within_limit  refuse what exceeds the namespace's limit; the locked total makes that exact
    raises        OverQuota
    """
    changes: Counter[int] = Counter()
    if item.namespace_id is not None:
        changes[item.namespace_id] -= item.size_bytes
    if namespace_id is not None:
        changes[namespace_id] += size_bytes
    item.namespace_id, item.size_bytes = namespace_id, size_bytes
    item.save(update_fields=["namespace", "size_bytes"])
    for owner_id, change in sorted(changes.items()):
        if change:
            total = _change_total(owner_id, change)
            if within_limit and change > 0:
                _check_total(owner_id, total, change)


def grow_item(item: StoredItem, change: int, *, within_limit: bool = False) -> None:
    """Add bytes to a locked item, or take some away (raises OverQuota)."""
    if change:
        store_item(
            item,
            namespace_id=item.namespace_id,
            size_bytes=item.size_bytes + change,
            within_limit=within_limit,
        )


def drop_item(source: str, key: object) -> None:
    """Forget a thing that is gone for good."""
    item = lock_item(source, key)
    store_item(item, namespace_id=None, size_bytes=0)
    item.delete()


def _change_total(namespace_id: int, change: int) -> int:
    """Add to a total, which stays locked, and return it."""
    rows = StoredTotal.objects.filter(pk=namespace_id)
    if not rows.update(size_bytes=F("size_bytes") + change):
        StoredTotal.objects.bulk_create([StoredTotal(namespace_id=namespace_id)], ignore_conflicts=True)
        rows.update(size_bytes=F("size_bytes") + change)
    return rows.values_list("size_bytes", flat=True).get()


def _check_total(namespace_id: int, total: int, change: int) -> None:
    limit = limit_for(namespace_id, Meter.STORAGE_BYTES)
    if limit is not None and total > limit:
        raise over_limit(Meter.STORAGE_BYTES, limit=limit, used=max(0, total - change), requested=change)


@dataclass(frozen=True, slots=True)
class Correction:
    """A count of stored bytes that was wrong.

    subject  what is counted, such as the address of a repository or the name of a namespace
    """

    subject: str
    counted_bytes: int
    actual_bytes: int


def correct_stored() -> int:
    """Correct the counts of stored bytes and return how many were wrong; there should be none."""
    found = recount_stored()
    for one in found:
        log.warning(
            "storage.recounted", subject=one.subject, counted=one.counted_bytes, actual=one.actual_bytes
        )
    return len(found)


def recount_stored(*, dry_run: bool = False) -> list[Correction]:
    """Compare every count with what is stored, correct what differs, and return it. The site keeps running.

    dry_run  change nothing
    """
    recounts = [gauge.recount for gauge in declared().gauges if gauge.recount]
    found: list[Correction] = [correction for recount in recounts for correction in recount(dry_run)]
    return found + _recount_totals(dry_run)


def _recount_totals(dry_run: bool) -> list[Correction]:
    """Compare every total with the sum of its items."""
    sums = dict(_sums())
    totals = dict(StoredTotal.objects.values_list("namespace_id", "size_bytes"))
    differing = [
        namespace_id
        for namespace_id in sorted(sums.keys() | totals.keys())
        if sums.get(namespace_id, 0) != totals.get(namespace_id, 0)
    ]
    return [found for one in differing if (found := _recount_total(one, dry_run))]


def _sums(**facts: int) -> QuerySet[Any, Any]:
    rows = StoredItem.objects.filter(namespace__isnull=False, **facts).order_by().values_list("namespace_id")
    return rows.annotate(total=Sum("size_bytes"))


@transaction.atomic
def _recount_total(namespace_id: int, dry_run: bool) -> Correction | None:
    """Recount under the lock: an item that changes meanwhile adds its difference afterwards."""
    StoredTotal.objects.bulk_create([StoredTotal(namespace_id=namespace_id)], ignore_conflicts=True)
    row = StoredTotal.objects.select_for_update(of=("self",)).select_related("namespace").get(pk=namespace_id)
    actual = dict(_sums(namespace_id=namespace_id)).get(namespace_id, 0)
    if actual == row.size_bytes:
        return None
    if not dry_run:
        StoredTotal.objects.filter(pk=namespace_id).update(size_bytes=actual)
    return Correction(row.namespace.name, row.size_bytes, actual)
