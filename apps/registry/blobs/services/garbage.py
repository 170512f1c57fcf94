"""Garbage collection: orphans are marked, swept after a wait, and unmarked if somebody uses them meanwhile.

Xet files without a repository are swept at once, since they have no bytes of their own; blobs and xorbs
wait. A sweep locks the row, checks it again, and deletes bytes and row before it releases the lock. An
upload of the same content takes the same lock and checks that the bytes are still there, so a row in use is
never without its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from apps.core.deletions import may_delete
from apps.core.objects.folders import HASH, Folder
from apps.core.objects.store import ObjectEntry
from apps.core.objects.stores import object_store

from ..contents import xorb_index
from ..folders import BLOBS, PARTS, XORBS
from ..keys import INDEX, blob_key, index_key, xorb_key
from ..known import REMEMBERED
from ..models import FileXorb, MultipartUpload, RepoObject, Source, StoredBlob, XetFile, Xorb

BATCH = 500


@dataclass(frozen=True, slots=True)
class CountAndSize:
    """A number of objects and their size."""

    count: int = 0
    size_bytes: int = 0

    def __add__(self, other: CountAndSize) -> CountAndSize:
        return CountAndSize(self.count + other.count, self.size_bytes + other.size_bytes)


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The ages that one run goes by.

    unused_since  objects last used before this may be marked
    xorbs_since   the same for xorbs, which clients cache
    marked_since  objects marked before this may be swept
    """

    unused_since: datetime
    xorbs_since: datetime
    marked_since: datetime

    @classmethod
    def now(cls, *, forget_clients: bool = False) -> Cutoffs:
        """Return the cutoffs by the settings.

        forget_clients  the generation changed, so no client has a xorb cached
        """
        moment = timezone.now()
        grace, wait = (
            timedelta(hours=settings.GARBAGE_MIN_AGE_HOURS),
            timedelta(hours=settings.GARBAGE_SWEEP_DELAY_HOURS),
        )
        unused = moment - grace
        return cls(unused, unused if forget_clients else min(unused, moment - REMEMBERED), moment - wait)


def orphan_files(cutoffs: Cutoffs) -> QuerySet[XetFile]:
    holders = RepoObject.objects.filter(file=OuterRef("pk"))
    return XetFile.objects.filter(~Exists(holders), created_at__lt=cutoffs.unused_since)


def orphan_blobs(cutoffs: Cutoffs) -> QuerySet[StoredBlob]:
    holders = RepoObject.objects.filter(sha256=OuterRef("sha256"), source=Source.LFS)
    return StoredBlob.objects.filter(
        ~Exists(holders), marked_for_deletion_at=None, last_used_at__lt=cutoffs.unused_since
    )


def orphan_xorbs(cutoffs: Cutoffs) -> QuerySet[Xorb]:
    users = FileXorb.objects.filter(xorb=OuterRef("pk"))
    return Xorb.objects.filter(
        ~Exists(users), marked_for_deletion_at=None, last_used_at__lt=cutoffs.xorbs_since
    )


def measure(rows: QuerySet[Any]) -> CountAndSize:
    facts = rows.aggregate(size=Sum("size"))
    return CountAndSize(rows.count(), facts["size"] or 0)


def sweep_files(cutoffs: Cutoffs) -> CountAndSize:
    """Delete Xet files that no repository links."""
    total = CountAndSize()
    while True:
        with transaction.atomic():
            locked = orphan_files(cutoffs).select_for_update(skip_locked=True).order_by("hash")[:BATCH]
            sizes = {row.pk: row.size for row in locked.only("size")}
            # check again under the lock: a repository may have linked one since the query
            held = set(RepoObject.objects.filter(file__in=sizes).values_list("file_id", flat=True))
            unlinked = [pk for pk in sizes if pk not in held]
            XetFile.objects.filter(pk__in=unlinked).delete()
        total += CountAndSize(len(unlinked), sum(sizes[pk] for pk in unlinked))
        if not unlinked:
            return total


def mark_blobs(cutoffs: Cutoffs) -> CountAndSize:
    return _mark(orphan_blobs(cutoffs))


def mark_xorbs(cutoffs: Cutoffs) -> CountAndSize:
    return _mark(orphan_xorbs(cutoffs))


def _mark(rows: QuerySet[Any]) -> CountAndSize:
    found = measure(rows)
    rows.update(marked_for_deletion_at=timezone.now())
    return found


def due_for_removal(model: type[StoredBlob | Xorb | RepoObject], cutoffs: Cutoffs) -> QuerySet[Any]:
    """Return the rows whose wait is over."""
    return model.objects.filter(marked_for_deletion_at__lt=cutoffs.marked_since)


def sweep_blobs(cutoffs: Cutoffs) -> Iterator[CountAndSize]:
    """Sweep marked blobs one by one; yields what each freed."""
    for sha256 in _keys(due_for_removal(StoredBlob, cutoffs)):
        yield _sweep_blob(sha256, cutoffs)


def sweep_xorbs(cutoffs: Cutoffs) -> Iterator[CountAndSize]:
    """Sweep marked xorbs one by one; yields what each freed."""
    for hash in _keys(due_for_removal(Xorb, cutoffs)):
        yield _sweep_xorb(hash, cutoffs)


def _keys(rows: QuerySet[Any]) -> Iterator[str]:
    """Yield primary keys in batches, each once."""
    last = ""
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from batch
        last = batch[-1]


@transaction.atomic
def _sweep_blob(sha256: str, cutoffs: Cutoffs) -> CountAndSize:
    row = due_for_removal(StoredBlob, cutoffs).select_for_update(skip_locked=True).filter(pk=sha256).first()
    if row is None or not may_delete():
        return CountAndSize()
    if RepoObject.objects.filter(sha256=sha256, source=Source.LFS).exists():
        StoredBlob.objects.filter(pk=sha256).update(marked_for_deletion_at=None)
        return CountAndSize()
    object_store().delete(blob_key(sha256))
    row.delete()
    return CountAndSize(1, row.size)


@transaction.atomic
def _sweep_xorb(hash: str, cutoffs: Cutoffs) -> CountAndSize:
    row = due_for_removal(Xorb, cutoffs).select_for_update(skip_locked=True).filter(pk=hash).first()
    if row is None or not may_delete():
        return CountAndSize()
    if FileXorb.objects.filter(xorb=row).exists():
        Xorb.objects.filter(pk=hash).update(marked_for_deletion_at=None)
        return CountAndSize()
    object_store().delete(index_key(hash))
    object_store().delete(xorb_key(hash))
    row.delete()
    xorb_index.cache_clear()
    return CountAndSize(1, row.size)


def adopt_untracked(*, dry_run: bool = False) -> CountAndSize:
    """Create marked rows for stored objects that have none, such as those of a killed upload.

    dry_run  change nothing
    """
    return (
        _sweep_parts(dry_run)
        + _adopt(BLOBS, StoredBlob, _untracked_blob, dry_run)
        + _adopt(XORBS, Xorb, _untracked_xorb, dry_run)
    )


def _adopt(
    folder: Folder,
    model: type[StoredBlob | Xorb],
    row_of: Callable[[str, int], StoredBlob | Xorb],
    dry_run: bool,
) -> CountAndSize:
    total = CountAndSize()
    hashes = _hashes_and_sizes(folder)
    while batch := dict(islice(hashes, BATCH)):
        known = set(model.objects.filter(pk__in=batch).values_list("pk", flat=True))
        rows: list[Any] = [row_of(name, size) for name, size in batch.items() if name not in known]
        if not dry_run:
            model.objects.bulk_create(rows, ignore_conflicts=True)
        total += CountAndSize(len(rows), sum(row.size for row in rows))
    return total


def _hashes_and_sizes(folder: Folder) -> Iterator[tuple[str, int]]:
    """Yield the hash and size of each object; the size is 0 if only the index is left."""

    def hash_of(entry: ObjectEntry) -> str:
        return entry.key.rpartition("/")[2].removesuffix(INDEX)

    for name, entries in groupby(object_store().entries(folder.name), hash_of):
        if HASH.fullmatch(name):
            yield name, sum(entry.size for entry in entries if not entry.key.endswith(INDEX))


def _untracked_blob(sha256: str, size: int) -> StoredBlob:
    return StoredBlob(sha256=sha256, size=size, marked_for_deletion_at=timezone.now())


def _untracked_xorb(hash: str, size: int) -> Xorb:
    return Xorb(hash=hash, size=size, raw_size=0, chunk_count=0, marked_for_deletion_at=timezone.now())


def _sweep_parts(dry_run: bool) -> CountAndSize:
    """Delete parts of uploads that no longer exist."""
    total = CountAndSize()
    for upload, parts in groupby(PARTS.entries(), _upload_of):
        if MultipartUpload.objects.filter(pk=upload).exists():
            continue
        for part in parts:
            total += CountAndSize(1, part.size)
            if not dry_run:
                object_store().delete(part.key)
    return total


def _upload_of(part: ObjectEntry) -> str:
    return part.key.split("/")[1]


@transaction.atomic
def unmark_all() -> CountAndSize:
    """Clear every mark, so that the wait starts again for everything."""
    total = CountAndSize()
    for model in (RepoObject, StoredBlob, Xorb):
        rows = model.objects.filter(marked_for_deletion_at__isnull=False)
        total += measure(rows)
        rows.update(marked_for_deletion_at=None, last_used_at=timezone.now())
    return total
