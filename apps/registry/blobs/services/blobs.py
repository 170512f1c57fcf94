"""Uploading plain blobs: LFS objects in one piece."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable
from apps.core.objects.errors import WrongBytes
from apps.core.objects.pipeline import Sha256Stage
from apps.core.objects.stores import object_store
from apps.core.web.http import release_connection

from ..keys import blob_key
from ..models import RepoObject, Source
from .links import add_links, revive_blob, touch_blob
from .reservations import reserve_bytes
from .upload_context import UploadContext
from .xet_hashes import request_hash


def store_blob(context: UploadContext, *, sha256: str, size: int, blocks: Iterable[bytes]) -> RepoObject:
    """Verify and store an object and link it to the repository.

    raises  WrongBytes if hash or size differ, OverQuota; nothing is stored then
    """
    revive_blob(sha256)
    is_own = was_uploaded_by(context, sha256)
    with reserve_bytes(context, size):
        release_connection()
        write_blob(sha256, size, blocks, is_own=is_own)
        return link_blob(context, sha256, size)


def was_uploaded_by(context: UploadContext, sha256: str) -> bool:
    """Return whether the user uploaded these bytes before, to any repository."""
    return (
        context.user_id is not None
        and RepoObject.objects.filter(sha256=sha256, uploaded_by=context.user_id).exists()
    )


def write_blob(sha256: str, size: int, blocks: Iterable[bytes], *, is_own: bool = False) -> None:
    """Write blocks as the blob of this hash.

    is_own  the user uploaded it before, so stored bytes are only compared; for everybody else the time of an
            upload must not reveal whether the blob is stored
    """
    store, key = object_store(), blob_key(sha256)
    count, is_known = 0, is_own and store.has(key)
    with Sha256Stage() as digest, store.writer(key) as writer:
        for block in blocks:
            digest.put(block)
            count += len(block)
            if count > size:
                raise WrongBytes(f"The object is larger than the {size} bytes announced.")
            if not is_known:
                writer.write(block)
        if not is_known:
            writer.sync()
        if count != size or digest.hexdigest() != sha256:
            raise WrongBytes
        if not is_known:
            writer.commit()


@transaction.atomic
def link_blob(context: UploadContext, sha256: str, size: int) -> RepoObject:
    """Link a stored blob to a repository.

    raises  Unavailable if garbage collection has just removed it, OverQuota
    """
    touch_blob(sha256, size)
    if object_store().size(blob_key(sha256)) != size:
        raise Unavailable(_("The object was removed during the upload. Upload it again."))
    row = RepoObject(
        repo_key=context.repo_key,
        sha256=sha256,
        size=size,
        source=Source.LFS,
        uploaded_by=context.user_id,
    )
    add_links(context.repo_key, [row])
    request_hash(sha256)
    return RepoObject.objects.get(repo_key=context.repo_key, sha256=sha256)
