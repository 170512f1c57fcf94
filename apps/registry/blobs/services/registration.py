"""Writing the rows of verified files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ..contents import xorb_index
from ..known import remember_named
from ..models import DedupChunk, FileXorb, RepoObject, Source, XetFile, Xorb
from ..xet.errors import MalformedShard
from ..xet.hashes import is_global_chunk, to_text
from ..xet.xorb import XorbIndex
from .links import add_links
from .upload_context import UploadContext

TOUCH_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A checked file.

    hash         text form
    terms        44 bytes each
    sha256       hex; as claimed, then as computed
    xorbs        text forms, each once
    first_chunk  text form, "" if the file is empty
    """

    hash: str
    size: int
    terms: bytes
    sha256: str
    xorbs: tuple[str, ...]
    first_chunk: str

    def with_sha256(self, sha256: str) -> FileFacts:
        return replace(self, sha256=sha256)


@transaction.atomic
def save_files(context: UploadContext, files: Iterable[FileFacts]) -> None:
    """Write files, their links and their deduplication rows, in a fixed order so that writers cannot
    deadlock.

    raises  OverQuota
    """
    by_hash = {file.hash: file for file in sorted(files, key=lambda file: file.hash)}
    xorbs = sorted({xorb for file in by_hash.values() for xorb in file.xorbs})
    _touch(xorbs)
    _write_files(by_hash)
    _link_files(context, list(by_hash.values()))
    remember_named(context.repo_key, context.uploader, context.user_id, xorbs)
    rows = sorted(_dedup_rows(by_hash.values(), xorbs))
    DedupChunk.objects.bulk_create(
        [DedupChunk(chunk=chunk, xorb_id=xorb) for chunk, xorb in rows],
        ignore_conflicts=True,
        batch_size=1000,
    )


def _touch(xorbs: list[str]) -> None:
    """Record that xorbs are in use and clear their deletion marks.

    raises  MalformedShard if one was removed since it was checked
    """
    now = timezone.now()
    rows = list(Xorb.objects.select_for_update().order_by("hash").filter(pk__in=xorbs))
    if len(rows) != len(xorbs):
        raise MalformedShard("A xorb of this upload is no longer stored. Upload the files again.")
    stale = [row.pk for row in rows if row.marked_for_deletion_at or row.last_used_at <= now - TOUCH_EVERY]
    Xorb.objects.filter(pk__in=stale).update(last_used_at=now, marked_for_deletion_at=None)


def _write_files(by_hash: dict[str, FileFacts]) -> None:
    """Write the files and lock their rows, so that none is collected before a repository links it."""
    missing = set(by_hash)
    while missing:
        rows = [
            XetFile(hash=one, size=by_hash[one].size, terms=by_hash[one].terms, sha256=by_hash[one].sha256)
            for one in sorted(missing)
        ]
        XetFile.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        held = XetFile.objects.select_for_update(no_key=True).filter(pk__in=missing).order_by("hash")
        missing -= set(held.values_list("hash", flat=True))
    # in file order, since deduplication looks up what comes next;
    # a file that exists keeps the terms, and so the xorbs, of its first registration
    noted = set(FileXorb.objects.filter(file__in=by_hash).values_list("file_id", flat=True))
    needs = [
        FileXorb(file_id=one, xorb_id=xorb)
        for one in by_hash
        if one not in noted
        for xorb in by_hash[one].xorbs
    ]
    FileXorb.objects.bulk_create(needs, ignore_conflicts=True, batch_size=1000)


def _link_files(context: UploadContext, files: list[FileFacts]) -> None:
    by_sha256 = {file.sha256: file for file in sorted(files, key=lambda file: file.sha256)}
    rows = [
        RepoObject(
            repo_key=context.repo_key,
            sha256=file.sha256,
            size=file.size,
            source=Source.XET,
            file_id=file.hash,
            uploaded_by=context.user_id,
        )
        for file in by_sha256.values()
    ]
    add_links(context.repo_key, rows)
    plain = RepoObject.objects.filter(repo_key=context.repo_key, sha256__in=list(by_sha256), file=None)
    for row in plain.order_by("sha256"):
        RepoObject.objects.filter(pk=row.pk, file=None).update(file_id=by_sha256[row.sha256].hash)


def _dedup_rows(files: Iterable[FileFacts], xorbs: Iterable[str]) -> set[tuple[str, str]]:
    """Return (chunk, xorb) for the chunks that clients look up: the first of each file, and one in 1024."""
    rows = {(file.first_chunk, file.xorbs[0]) for file in files if file.xorbs}
    for xorb in xorbs:
        rows.update((chunk, xorb) for chunk in _global_chunks(xorb_index(xorb)))
    return rows


def _global_chunks(index: XorbIndex) -> Iterable[str]:
    hashes = map(index.hash_at, range(index.count))
    return (to_text(hash) for hash in hashes if is_global_chunk(hash))
