"""Multipart uploads of plain blobs; parts may arrive in any order and concurrently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Least

from apps.core.objects.direct_uploads import DirectUpload, begin_direct_upload, takes_direct_uploads
from apps.core.objects.errors import MissingParts, WrongBytes
from apps.core.objects.folders import StoredObject
from apps.core.objects.pipeline import Sha256Stage
from apps.core.objects.stores import object_store
from apps.core.web.http import release_connection

from ..errors import UploadNotFound
from ..keys import PART_FOLDER, blob_key, part_key, whole_key
from ..models import MultipartUpload, RepoObject
from .blobs import link_blob, was_uploaded_by, write_blob
from .links import revive_blob
from .reservations import reserve_bytes
from .upload_context import UploadContext

PARTS_LIMIT = 10_000


def begin_multipart(context: UploadContext, *, sha256: str, size: int) -> MultipartUpload:
    """Start a multipart upload, directly to the bucket where that is possible.

    raises  OverQuota if the user's uncommitted uploads would exceed the limit
    """
    part_size = max(settings.LFS_PART_BYTES, -(-size // PARTS_LIMIT))
    upload = MultipartUpload(
        repo_key=context.repo_key, sha256=sha256, size=size, part_size=part_size, uploaded_by=context.user_id
    )
    if not takes_direct_uploads(part_size):
        upload.save()
        return upload
    with reserve_bytes(context, size):
        upload.native_id, upload.received_bytes = begin_direct_upload(whole_key(upload.pk)).native_id, size
        upload.save()
    return upload


def _direct(upload: MultipartUpload) -> DirectUpload | None:
    return DirectUpload(whole_key(upload.pk), upload.native_id) if upload.native_id else None


def part_addresses(upload: MultipartUpload, *, seconds: int) -> dict[int, str]:
    """Return the bucket's URL for each part, or nothing if parts pass through us."""
    direct = _direct(upload)
    lengths = {number: upload.part_length(number) for number in range(1, upload.part_count + 1)}
    return direct.part_urls(lengths, seconds=seconds) if direct else {}


def _upload(repo_key: UUID, upload_id: UUID) -> MultipartUpload:
    upload = MultipartUpload.objects.filter(pk=upload_id, repo_key=repo_key).first()
    if upload is None:
        raise UploadNotFound
    return upload


def store_part(repo_key: UUID, upload_id: UUID, number: int, blocks: Iterable[bytes]) -> str:
    """Store one part and return its etag; a part may be sent again.

    raises  UploadNotFound, WrongBytes if its length is wrong, OverQuota
    """
    upload = _upload(repo_key, upload_id)
    if not 1 <= number <= upload.part_count:
        raise UploadNotFound
    expected = upload.part_length(number)
    with reserve_bytes(UploadContext(repo_key, upload.uploaded_by), expected):
        release_connection()
        etag = _keep_part(upload_id, number, expected, blocks)
        came = Least(F("received_bytes") + expected, F("size"))
        MultipartUpload.objects.filter(pk=upload_id).update(received_bytes=came)
    return etag


def _keep_part(upload_id: UUID, number: int, expected: int, blocks: Iterable[bytes]) -> str:
    count = 0
    with Sha256Stage() as digest, object_store().writer(part_key(upload_id, number)) as writer:
        for block in blocks:
            digest.put(block)
            count += len(block)
            if count > expected:
                break
            writer.write(block)
        if count != expected:
            raise WrongBytes(f"Part {number} must have {expected} bytes.")
        writer.commit()
        return digest.hexdigest()


def finish_multipart(context: UploadContext, upload_id: UUID, parts: Mapping[int, str]) -> RepoObject:
    """Join the parts into the announced object.

    parts   number -> etag, for every part
    raises  UploadNotFound, MissingParts, WrongBytes if the hash differs; nothing is
            stored then
    """
    upload = _upload(context.repo_key, upload_id)
    revive_blob(upload.sha256)
    if direct := _direct(upload):
        return _finish_direct(context, upload, direct, parts)
    store = object_store()
    lengths = {number: upload.part_length(number) for number in range(1, upload.part_count + 1)}
    if set(parts) != set(lengths) or any(
        store.size(part_key(upload.pk, number)) != lengths[number] for number in lengths
    ):
        raise MissingParts
    is_own = was_uploaded_by(context, upload.sha256)
    release_connection()
    try:
        write_blob(upload.sha256, upload.size, _joined(upload, lengths), is_own=is_own)
    finally:
        discard_multipart(upload)
    return link_blob(context, upload.sha256, upload.size)


def _finish_direct(
    context: UploadContext, upload: MultipartUpload, direct: DirectUpload, parts: Mapping[int, str]
) -> RepoObject:
    """Verify what the bucket received before it gets its final key."""
    if set(parts) != set(range(1, upload.part_count + 1)):
        raise MissingParts
    release_connection()
    direct.join(parts)
    try:
        direct.move_to(blob_key(upload.sha256), StoredObject(upload.sha256, upload.size))
    finally:
        discard_multipart(upload)
    return link_blob(context, upload.sha256, upload.size)


def _joined(upload: MultipartUpload, lengths: Mapping[int, int]) -> Iterator[bytes]:
    for number, length in sorted(lengths.items()):
        yield from object_store().stream(part_key(upload.pk, number), 0, length)


def discard_multipart(upload: MultipartUpload) -> None:
    """Delete an upload and its parts."""
    upload_id, direct, store = upload.pk, _direct(upload), object_store()
    upload.delete()
    if direct:
        direct.discard()
    for key in list(store.keys(f"{PART_FOLDER}/{upload_id}")):
        store.delete(key)
