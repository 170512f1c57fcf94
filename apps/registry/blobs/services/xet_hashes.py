"""The Xet hashes of plain blobs, by which clients copy files between repositories."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from apps.core.disk_space import DiskFull
from apps.core.objects.errors import MissingBytes
from apps.core.objects.stores import object_store
from apps.core.queue import enqueue
from apps.core.web.http import release_connection
from apps.core.web.spool import spool_folder

from ..contents import blob_blocks
from ..keys import blob_key
from ..models import StoredBlob

log = structlog.get_logger(__name__)
TASK = "light.hash_blob"
# of every hour, for blobs whose message was lost and those of earlier releases
SWEEP_SECONDS = 600.0
BATCH = 500


def request_hash(sha256: str) -> None:
    """Have the light worker compute the Xet hash of a blob that has none, after the transaction."""
    if StoredBlob.objects.filter(pk=sha256, xet_hash="").exists():
        enqueue(TASK, sha256)


def hash_blob(sha256: str) -> bool:
    """Compute and store the Xet hash of a blob; return whether that was needed.

    raises  MissingBytes, DiskFull if a blob of a bucket does not fit into the spool
    """
    row = StoredBlob.objects.filter(pk=sha256, xet_hash="").first()
    if row is None:
        return False
    # on first use: a web process never needs the library, which takes 20 MB
    import hf_xet

    release_connection()
    with _local_file(row) as path:
        (found,) = hf_xet.hash_files([str(path)])
    StoredBlob.objects.filter(pk=sha256).update(xet_hash=found.hash)
    return True


@contextmanager
def _local_file(row: StoredBlob) -> Iterator[Path]:
    """Yield the file of a blob; for one in a bucket, a temporary copy."""
    if path := object_store().local_path(blob_key(row.sha256)):
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="hash-", dir=spool_folder(row.size)) as copy:
        for block in blob_blocks(row.sha256, 0, row.size):
            copy.write(block)
        copy.flush()
        yield Path(copy.name)


def hash_blobs(*, seconds: float = SWEEP_SECONDS) -> int:
    """Compute missing Xet hashes, smallest blobs first, until the time is over; return how many."""
    end, count, last = time.monotonic() + seconds, 0, (-1, "")
    while batch := _without_hash(last):
        for size, sha256 in batch:
            if time.monotonic() > end:
                return count
            last = (size, sha256)
            try:
                count += hash_blob(sha256)
            except (MissingBytes, DiskFull, OSError) as error:
                log.warning("blob.not_hashed", sha256=sha256, error=str(error))
    return count


def _without_hash(after: tuple[int, str]) -> list[tuple[int, str]]:
    size, sha256 = after
    rows = StoredBlob.objects.filter(xet_hash="", marked_for_deletion_at=None, size__gte=size)
    rows = rows.exclude(size=size, sha256__lte=sha256).order_by("size", "sha256")
    return list(rows.values_list("size", "sha256")[:BATCH])
