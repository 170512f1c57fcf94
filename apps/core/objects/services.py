"""Deleting what no row refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

import structlog
from django.conf import settings
from django.utils import timezone

from .direct_uploads import UPLOADS
from .folders import HASH, ObjectFolder, declared_folders
from .stores import object_store

BATCH = 500
UPLOAD_AGE = timedelta(days=2)
log = structlog.get_logger(__name__)


def collect_on_schedule() -> int:
    """Collect orphans, unless the operator does it."""
    return collect_orphans() if settings.GARBAGE_COLLECTION else 0


def collect_orphans() -> int:
    """Delete old objects without a row and old unfinished uploads; return how many.

    What was written less than GARBAGE_MIN_AGE_HOURS ago is left alone: its row may follow.
    """
    folders = [one for one in declared_folders() if isinstance(one, ObjectFolder) and one.is_collected]
    before = timezone.now() - timedelta(hours=settings.GARBAGE_MIN_AGE_HOURS)
    count = sum(collect_folder(folder, before=before) for folder in folders)
    count += _collect_uploads(timezone.now() - UPLOAD_AGE)
    names = {folder.name for folder in folders} | {UPLOADS.name}
    return count + object_store().sweep(older_than_seconds=UPLOAD_AGE.total_seconds(), folders=names)


def collect_folder(folder: ObjectFolder, *, before: datetime) -> int:
    """Delete the objects of a folder that no row refers to; return how many.

    before  only those that were written before
    """
    count = 0
    old = (entry.key.rpartition("/")[2] for entry in folder.entries() if entry.modified_at < before)
    for batch in _batches(name for name in old if HASH.fullmatch(name)):
        for sha256 in sorted(set(batch) - folder.used(batch)):
            # once more, under the lock
            count += folder.delete_unused(sha256)
    if count:
        log.info("objects.collected", folder=folder.name, count=count)
    return count


def _collect_uploads(before: datetime) -> int:
    old = [entry.key for entry in UPLOADS.entries() if entry.modified_at < before]
    for key in old:
        object_store().delete(key)
    return len(old)


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    source = iter(names)
    while batch := list(islice(source, BATCH)):
        yield batch
