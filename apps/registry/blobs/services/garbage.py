"""Letting go of what no repository needs: marked first, removed after a wait, revived by whoever uses it meanwhile.

Files that no repository holds go at once, for they have no bytes of their own; blobs and xorbs wait. Every removal takes the row's lock,
looks again, and removes bytes and row before it lets the lock go. Whoever brings the same bytes takes the lock too and looks whether
the bytes are still there, so nothing that is used is ever without its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from ..contents import xorb_index
from ..known import REMEMBERED
from ..models import FileXorb, MultipartUpload, RepoObject, Source, StoredBlob, XetFile, Xorb
from ..store import blob_key, index_key, xorb_key
from ..stores import object_store

BATCH = 500
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Tally:
    """Things and their bytes."""

    count: int = 0
    size_bytes: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.count + other.count, self.size_bytes + other.size_bytes)


@dataclass(frozen=True, slots=True)
class Times:
    """What is old enough in one run.

    unused_since  what was last used before this may be marked
    xorbs_since   the same for xorbs, which clients remember
    marked_since  what was marked before this may be removed
    """

    unused_since: datetime
    xorbs_since: datetime
    marked_since: datetime

    @classmethod
    def now(cls, *, forget_clients: bool = False) -> Times:
        """forget_clients  the generation changed, so no client remembers a xorb"""
        moment = timezone.now()
        grace, wait = (
            timedelta(hours=settings.GARBAGE_GRACE_HOURS),
            timedelta(hours=settings.GARBAGE_WAIT_HOURS),
        )
        unused = moment - grace
        return cls(unused, unused if forget_clients else min(unused, moment - REMEMBERED), moment - wait)


def lone_files(times: Times) -> QuerySet[XetFile]:
    holders = RepoObject.objects.filter(file=OuterRef("pk"))
    return XetFile.objects.filter(~Exists(holders), created_at__lt=times.unused_since)


def lone_blobs(times: Times) -> QuerySet[StoredBlob]:
    holders = RepoObject.objects.filter(sha256=OuterRef("sha256"), source=Source.LFS)
    return StoredBlob.objects.filter(~Exists(holders), doomed_at=None, last_used_at__lt=times.unused_since)


def lone_xorbs(times: Times) -> QuerySet[Xorb]:
    users = FileXorb.objects.filter(xorb=OuterRef("pk"))
    return Xorb.objects.filter(~Exists(users), doomed_at=None, last_used_at__lt=times.xorbs_since)


def tally(rows: QuerySet) -> Tally:  # type: ignore[type-arg]
    facts = rows.aggregate(size=Sum("size"))
    return Tally(rows.count(), facts["size"] or 0)


def drop_files(times: Times) -> Tally:
    """Remove files that no repository holds."""
    total = Tally()
    while True:
        with transaction.atomic():
            locked = lone_files(times).select_for_update(skip_locked=True).order_by("hash")[:BATCH]
            sizes = {row.pk: row.size for row in locked.only("size")}
            # a repository may have come to hold one since that question was asked; under the lock none can any more
            held = set(RepoObject.objects.filter(file__in=sizes).values_list("file_id", flat=True))
            going = [pk for pk in sizes if pk not in held]
            XetFile.objects.filter(pk__in=going).delete()
        total += Tally(len(going), sum(sizes[pk] for pk in going))
        if not going:
            return total


def mark_blobs(times: Times) -> Tally:
    return _mark(lone_blobs(times))


def mark_xorbs(times: Times) -> Tally:
    return _mark(lone_xorbs(times))


def _mark(rows: QuerySet) -> Tally:  # type: ignore[type-arg]
    found = tally(rows)
    rows.update(doomed_at=timezone.now())
    return found


def marked(model: type[StoredBlob | Xorb | RepoObject], times: Times) -> QuerySet:  # type: ignore[type-arg]
    """Return the rows that were marked long enough ago."""
    return model.objects.filter(doomed_at__lt=times.marked_since)


def remove_blobs(times: Times) -> Iterator[Tally]:
    """Remove marked blobs one by one; yields what each freed."""
    for sha256 in _keys(marked(StoredBlob, times)):
        yield _remove_blob(sha256, times)


def remove_xorbs(times: Times) -> Iterator[Tally]:
    """Remove marked xorbs one by one; yields what each freed."""
    for hash in _keys(marked(Xorb, times)):
        yield _remove_xorb(hash, times)


def _keys(rows: QuerySet) -> Iterator[str]:  # type: ignore[type-arg]
    """Yield primary keys batch by batch, each once."""
    last = ""
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from batch
        last = batch[-1]


@transaction.atomic
def _remove_blob(sha256: str, times: Times) -> Tally:
    row = marked(StoredBlob, times).select_for_update(skip_locked=True).filter(pk=sha256).first()
    if row is None:
        return Tally()
    if RepoObject.objects.filter(sha256=sha256, source=Source.LFS).exists():
        StoredBlob.objects.filter(pk=sha256).update(doomed_at=None)
        return Tally()
    object_store().delete(blob_key(sha256))
    row.delete()
    return Tally(1, row.size)


@transaction.atomic
def _remove_xorb(hash: str, times: Times) -> Tally:
    row = marked(Xorb, times).select_for_update(skip_locked=True).filter(pk=hash).first()
    if row is None:
        return Tally()
    if FileXorb.objects.filter(xorb=row).exists():
        Xorb.objects.filter(pk=hash).update(doomed_at=None)
        return Tally()
    object_store().delete(index_key(hash))
    object_store().delete(xorb_key(hash))
    row.delete()
    xorb_index.cache_clear()
    return Tally(1, row.size)


def adopt_strays(*, only_look: bool = False) -> Tally:
    """Give marked rows to objects that have none, such as those of an upload that was killed; they go with the others.

    only_look  change nothing
    """
    total = _drop_parts(only_look)
    for prefix, model, row_of in (("sha256", StoredBlob, _stray_blob), ("xorbs", Xorb, _stray_xorb)):
        names = (key.rpartition("/")[2].removesuffix(".index") for key in object_store().keys(prefix))
        hashes = (name for name in names if HASH.fullmatch(name))
        while batch := dict.fromkeys(islice(hashes, BATCH)):
            known = set(model.objects.filter(pk__in=batch).values_list("pk", flat=True))
            rows: list[Any] = [row_of(one) for one in batch if one not in known]
            if not only_look:
                model.objects.bulk_create(rows, ignore_conflicts=True)
            total += Tally(len(rows), sum(row.size for row in rows))
    return total


def _stray_blob(sha256: str) -> StoredBlob:
    return StoredBlob(
        sha256=sha256, size=object_store().size(blob_key(sha256)) or 0, doomed_at=timezone.now()
    )


def _stray_xorb(hash: str) -> Xorb:
    return Xorb(
        hash=hash,
        size=object_store().size(xorb_key(hash)) or 0,
        raw_size=0,
        chunk_count=0,
        doomed_at=timezone.now(),
    )


def _drop_parts(only_look: bool) -> Tally:
    """Remove parts of uploads that are over."""
    store, total = object_store(), Tally()
    for key in list(store.keys("parts")):
        upload = key.split("/")[1]
        if not MultipartUpload.objects.filter(pk=upload).exists():
            total += Tally(1, store.size(key) or 0)
            if not only_look:
                store.delete(key)
    return total


@transaction.atomic
def spare_everything() -> Tally:
    """Take every mark away, so that nothing is removed before it was marked and waited for anew."""
    total = Tally()
    for model in (RepoObject, StoredBlob, Xorb):
        rows = model.objects.filter(doomed_at__isnull=False)  # type: ignore[attr-defined]
        total += tally(rows)
        rows.update(doomed_at=None, last_used_at=timezone.now())
    return total
