"""Whole files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import BinaryIO

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from apps.business.usage.services import check_storage, drop_item, lock_item, store_item
from apps.core.actor import Actor, Need
from apps.core.objects.folders import StoredObject
from apps.users.accounts.models import Namespace

from ..access import check_change, file_for
from ..errors import TooManyFiles
from ..folders import FILES
from ..layouts import RowCheck, check_rows
from ..models import File, FileUpload, Purpose, UploadState
from .parts import drop_parts

BLOCK_BYTES = 1 << 20
FILES_LIMIT = 10_000
EXPIRED_AT_ONCE = 500
SOURCE = "files"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to store.

    expires_seconds  its lifetime, None for no end
    """

    filename: str
    purpose: Purpose
    expires_seconds: int | None = None


def store_file(
    *, actor: Actor, namespace: Namespace, new: NewFile, file: BinaryIO, size: int, sha256: str
) -> File:
    """Store a file for a namespace; the lines of training files are checked.

    file    seekable
    sha256  of what arrived, in hex
    raises  Forbidden, TokenScope, OverQuota
    """
    check_change(actor, Need.CONTRIBUTE, namespace, None)
    check_quota(namespace, size)
    check = None
    if new.purpose == Purpose.FINE_TUNE:
        file.seek(0)
        check = check_rows(file)
    file.seek(0)
    stored = FILES.put(iter(partial(file.read, BLOCK_BYTES), b""), limit_bytes=size, sha256=sha256)
    return _create(namespace, actor.user_id, new, stored, check)


def check_quota(namespace: Namespace, size: int) -> None:
    """raises  OverQuota, TooManyFiles"""
    check_storage(namespace.pk, size)
    if File.objects.filter(namespace=namespace).count() >= FILES_LIMIT:
        raise TooManyFiles


def store_result(*, namespace: Namespace, created_by_id: int | None, filename: str, data: bytes) -> File:
    """Store a file that the site made for a job's owner."""
    stored = FILES.put_bytes(data)
    return _create(namespace, created_by_id, NewFile(filename, Purpose.RESULTS), stored, None)


@transaction.atomic
def _create(
    namespace: Namespace,
    created_by_id: int | None,
    new: NewFile,
    stored: StoredObject,
    check: RowCheck | None,
) -> File:
    FILES.keep(stored.sha256)
    now = timezone.now()
    file = File.objects.create(
        namespace=namespace,
        created_by_id=created_by_id,
        filename=new.filename,
        purpose=new.purpose,
        sha256=stored.sha256,
        size=stored.size,
        row_format=check.row_format or "" if check else "",
        row_count=check.row_count if check else 0,
        problem=check.problem[:500] if check else "",
        problem_line=check.line if check else None,
        created_at=now,
        expires_at=now + timedelta(seconds=new.expires_seconds) if new.expires_seconds else None,
    )
    count_files(namespace.pk, within_limit=new.purpose != Purpose.RESULTS)
    return file


def count_files(namespace_id: int, *, within_limit: bool = False) -> None:
    """Count what a namespace's files store, at the end of a transaction (raises OverQuota)."""
    item = lock_item(SOURCE, namespace_id)
    total = File.objects.filter(namespace=namespace_id).aggregate(total=Sum("size"))["total"] or 0
    store_item(item, namespace_id=namespace_id, size_bytes=total, within_limit=within_limit)


@transaction.atomic
def delete_file(*, actor: Actor, file_id: str) -> None:
    """Delete a file; datasets that were made of it stay.

    raises  UploadedFileNotFound, Forbidden, TokenScope
    """
    file = file_for(actor, file_id, Need.WRITE)
    _delete([file])


def _delete(files: list[File]) -> None:
    File.objects.filter(pk__in=[file.pk for file in files]).delete()
    for file in files:
        FILES.release(file.sha256)
    for namespace_id in sorted({file.namespace_id for file in files}):
        count_files(namespace_id)


def delete_expired_files() -> int:
    """Delete files past their end, and forget unfinished uploads; return how many files."""
    drop_expired_uploads()
    with transaction.atomic():
        rows = File.objects.select_for_update(skip_locked=True).filter(expires_at__lte=timezone.now())
        found = list(rows.order_by("pk")[:EXPIRED_AT_ONCE])
        _delete(found)
    return len(found)


def drop_expired_uploads() -> None:
    rows = FileUpload.objects.filter(expires_at__lte=timezone.now())
    for upload in list(rows.order_by("pk")[:EXPIRED_AT_ONCE]):
        drop_parts(upload)
        if upload.state == UploadState.PENDING:
            upload.delete()


def delete_namespace_files(namespace: Namespace) -> None:
    """Delete the files of a removed namespace."""
    for upload in FileUpload.objects.filter(namespace=namespace):
        drop_parts(upload)
    rows = list(_in_batches(namespace))
    for file in rows:
        FILES.release(file.sha256)
    File.objects.filter(namespace=namespace).delete()
    drop_item(SOURCE, namespace.pk)


def _in_batches(namespace: Namespace) -> Iterator[File]:
    yield from File.objects.filter(namespace=namespace).only("pk", "sha256").iterator(chunk_size=1000)
