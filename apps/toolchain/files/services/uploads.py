"""Uploads in parts: begun with the size, joined in the order that the client names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from tempfile import NamedTemporaryFile
from typing import IO

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.core.errors import TooLarge, ValidationFailed
from apps.core.objects.folders import within
from apps.core.objects.stores import object_store
from apps.core.web.spool import spool_folder
from apps.users.accounts.models import Namespace

from ..access import check_change, upload_for
from ..errors import FileUploadOver
from ..models import FilePart, FileUpload, Purpose, UploadState
from .files import NewFile, check_quota, store_file
from .parts import drop_parts, part_key

PARTS_LIMIT = 1000


def begin_upload(
    *, actor: Actor, namespace: Namespace, new: NewFile, size: int, limit_bytes: int
) -> FileUpload:
    """Begin an upload; it stays open for an hour.

    raises  TooLarge, OverQuota, Forbidden, TokenScope
    """
    check_change(actor, Need.CONTRIBUTE, namespace, None)
    if size > limit_bytes:
        raise TooLarge(f"A file can have at most {limit_bytes} bytes.", limit_bytes=limit_bytes)
    check_quota(namespace, size)
    return FileUpload.objects.create(
        namespace=namespace,
        created_by_id=actor.user_id,
        filename=new.filename,
        purpose=new.purpose,
        size=size,
        expires_seconds=new.expires_seconds,
    )


def add_part(*, actor: Actor, upload_id: str, blocks: Iterable[bytes], limit_bytes: int) -> FilePart:
    """Store one part; parts may arrive in any order and at the same time.

    raises  FileUploadNotFound, FileUploadOver, TooLarge, Forbidden, TokenScope
    """
    upload = upload_for(actor, upload_id)
    if not upload.is_open or upload.parts.count() >= PARTS_LIMIT:
        raise FileUploadOver
    part = FilePart(upload=upload)
    count = 0
    with object_store().writer(part_key(upload, part)) as writer:
        for block in within(min(limit_bytes, upload.size), blocks):
            writer.write(block)
            count += len(block)
        writer.commit()
    part.size = count
    with transaction.atomic():
        locked = upload_for(actor, upload_id, lock=True)
        held = sum(locked.parts.values_list("size", flat=True))
        # a part that was sent twice is stored twice, so that a little more than the file is allowed
        if not locked.is_open or held + count > 2 * locked.size:
            object_store().delete(part_key(upload, part))
            raise FileUploadOver
        part.save()
    return part


def complete_upload(*, actor: Actor, upload_id: str, part_ids: Sequence[str], md5: str = "") -> FileUpload:
    """Join the parts into a file, in the order of their ids.

    md5     what the file has to hash to, in hex; empty to compare its size alone
    raises  FileUploadNotFound, FileUploadOver, ValidationFailed, OverQuota, Forbidden, TokenScope
    """
    upload = upload_for(actor, upload_id)
    if not upload.is_open:
        raise FileUploadOver
    parts = _ordered(upload, part_ids)
    with NamedTemporaryFile(dir=spool_folder(), prefix="joined-") as spool:
        sha256 = _join(upload, parts, spool, md5)
        new = NewFile(upload.filename, Purpose(upload.purpose), upload.expires_seconds)
        with transaction.atomic():
            upload = upload_for(actor, upload_id, lock=True)
            if not upload.is_open:
                raise FileUploadOver
            upload.file = store_file(
                actor=actor,
                namespace=upload.namespace,
                new=new,
                file=spool,  # type: ignore[arg-type]
                size=upload.size,
                sha256=sha256,
            )
            upload.state = UploadState.COMPLETED
            upload.save(update_fields=["file", "state"])
    drop_parts(upload)
    return upload


def _ordered(upload: FileUpload, part_ids: Sequence[str]) -> list[FilePart]:
    known = {part.public_id: part for part in upload.parts.all()}
    unknown = [one for one in part_ids if one not in known]
    if unknown or len(set(part_ids)) != len(part_ids):
        sentence = f"The upload has no part {unknown[0][:60]}." if unknown else "A part is named twice."
        raise ValidationFailed(sentence, fields={"part_ids": sentence})
    parts = [known[one] for one in part_ids]
    total = sum(part.size for part in parts)
    if total != upload.size:
        sentence = f"The parts have {total} bytes in total, not {upload.size}."
        raise ValidationFailed(sentence, fields={"part_ids": sentence})
    return parts


def _join(upload: FileUpload, parts: Sequence[FilePart], spool: IO[bytes], md5: str) -> str:
    """Write the parts to the spool; return the SHA-256 (raises ValidationFailed for another MD5)."""
    sha256, other = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    for block in _blocks(upload, parts):
        spool.write(block)
        sha256.update(block)
        other.update(block)
    spool.flush()
    if md5 and md5.lower() != other.hexdigest():
        sentence = "The MD5 of the file is another one. Upload it again."
        raise ValidationFailed(sentence, fields={"md5": sentence})
    return sha256.hexdigest()


def _blocks(upload: FileUpload, parts: Sequence[FilePart]) -> Iterator[bytes]:
    for part in parts:
        yield from object_store().stream(part_key(upload, part), 0, part.size)


@transaction.atomic
def cancel_upload(*, actor: Actor, upload_id: str) -> FileUpload:
    """Cancel an upload and delete its parts.

    raises  FileUploadNotFound, FileUploadOver if it is completed, Forbidden, TokenScope
    """
    upload = upload_for(actor, upload_id, lock=True)
    if upload.state == UploadState.COMPLETED:
        raise FileUploadOver
    upload.state, upload.expires_at = UploadState.CANCELLED, timezone.now()
    upload.save(update_fields=["state", "expires_at"])
    drop_parts(upload)
    return upload
