"""Looking up large objects and xorbs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone

from .contents import xorb_index
from .errors import MissingObject
from .known import known_xorbs, remember_xorbs
from .models import DedupChunk, FileXorb, RepoObject, Source, StoredBlob, XetFile, Xorb
from .readers import ObjectReader, is_complete
from .xet.hashes import to_raw
from .xet.shard import dedup_shard

DEDUP_XORBS = 4
DEDUP_SECONDS = 7 * 86400


def object_for(repo_key: UUID, sha256: str, *, committed: bool = False) -> RepoObject | None:
    """Return a large object of a repository.

    committed  only if a commit references it
    """
    rows = RepoObject.objects.select_related("file").filter(repo_key=repo_key, sha256=sha256)
    return (rows.exclude(committed_at=None) if committed else rows).first()


def objects_for(repo_key: UUID, sha256s: Iterable[str]) -> dict[str, RepoObject]:
    """Return the large objects of a repository by SHA-256; `xet_hash` costs no further query."""
    return {row.sha256: row for row in RepoObject.objects.filter(repo_key=repo_key, sha256__in=list(sha256s))}


def xet_hashes_for(repo_key: UUID, sha256s: Iterable[str]) -> dict[str, str]:
    """Return the Xet hashes of large objects by SHA-256, those of plain blobs too, as far as they are known.

    Copies name these; only an object with a file can be downloaded by Xet.
    """
    found = objects_for(repo_key, sha256s)
    hashes = {sha256: row.file_id for sha256, row in found.items() if row.file_id}
    plain = [sha256 for sha256, row in found.items() if row.file_id is None and row.source == Source.LFS]
    blobs = StoredBlob.objects.filter(pk__in=plain).exclude(xet_hash="")
    return hashes | dict(blobs.values_list("sha256", "xet_hash"))


def head_bytes(repo_key: UUID, sha256: str, start: int, end: int) -> bytes:
    """Return bytes [start, end) of a large object, fewer at its end.

    raises  MissingObject, MissingBytes
    """
    found = object_for(repo_key, sha256)
    if found is None:
        raise MissingObject(sha256=sha256)
    return ObjectReader(found).read(start, end)


def stored_bytes(repo_keys: Iterable[UUID] | QuerySet[Any]) -> int:
    """Return the size of all large objects of repositories, committed or not, without deduplication."""
    return RepoObject.objects.filter(repo_key__in=repo_keys).aggregate(total=Sum("size"))["total"] or 0


def stored_bytes_by_repo(repo_keys: Iterable[UUID]) -> dict[UUID, int]:
    """Return repository key -> size of all its large objects, committed or not, if it has any."""
    rows = RepoObject.objects.filter(repo_key__in=list(repo_keys)).order_by().values_list("repo_key")
    return dict(rows.annotate(total=Sum("size")))


def file_for(repo_key: UUID, file_hash: str, *, committed: bool) -> XetFile | None:
    """Return a Xet file of a repository; files of other repositories do not exist for its readers."""
    rows = RepoObject.objects.select_related("file").filter(repo_key=repo_key, file_id=file_hash)
    found = (rows.exclude(committed_at=None) if committed else rows).first()
    return found.file if found else None


def live_xorbs(repo_key: UUID, uploader: str) -> QuerySet[Xorb]:
    """Return the xorbs that an uploader may be told of in a repository."""
    return known_xorbs(repo_key, uploader).filter(marked_for_deletion_at=None)


def xorb_exists(repo_key: UUID, hash: str, *, uploader: str = "", user_id: int | None = None) -> bool:
    """Return whether an uploader may skip sending a xorb, and keep the xorb long enough for it to rely on
    that.
    """
    row = live_xorbs(repo_key, uploader).filter(pk=hash).first()
    if row is None or not is_complete(row):
        return False
    if Xorb.objects.filter(pk=hash, marked_for_deletion_at=None).update(last_used_at=timezone.now()) != 1:
        return False
    remember_xorbs(repo_key, uploader, user_id, [hash])
    return True


def _next_xorbs(repo_key: UUID, xorb: str, living: QuerySet[Xorb]) -> list[str]:
    """Return the xorbs that follow one in its newest file of this repository: the client likely has their
    chunks too.
    """
    rows = FileXorb.objects.filter(xorb=xorb, file__objects_of_repos__repo_key=repo_key)
    row = rows.order_by("-pk").values("pk", "file").first()
    if row is None:
        return []
    after = FileXorb.objects.filter(file=row["file"], pk__gt=row["pk"], xorb__in=living)
    return list(after.order_by("pk").values_list("xorb_id", flat=True)[: DEDUP_XORBS - 1])


def dedup_reply(
    repo_key: UUID, chunk: str, *, uploader: str = "", user_id: int | None = None
) -> bytes | None:
    """Return a shard of the xorbs that contain a chunk and may be referenced here, with keyed hashes, or
    None.
    """
    living = live_xorbs(repo_key, uploader)
    found = living.filter(pk__in=DedupChunk.objects.filter(chunk=chunk).values("xorb_id"))
    having = list(found.order_by("-created_at").values_list("hash", flat=True)[:DEDUP_XORBS])
    if not having:
        return None
    hashes = list(dict.fromkeys([having[0], *_next_xorbs(repo_key, having[0], living), *having]))[
        :DEDUP_XORBS
    ]
    Xorb.objects.filter(pk__in=hashes).update(last_used_at=timezone.now())
    remember_xorbs(repo_key, uploader, user_id, hashes)
    xorbs = [(to_raw(hash), xorb_index(hash)) for hash in hashes]
    return dedup_shard(xorbs, key=secrets.token_bytes(32), now=int(time.time()), seconds=DEDUP_SECONDS)
