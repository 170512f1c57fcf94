"""Bringing in plain blobs: LFS objects in one piece."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable
from apps.core.http import release_connection

from ..errors import WrongBytes
from ..models import RepoObject, Source
from ..pipeline import Sha256Stage
from ..store import blob_key
from ..stores import object_store
from .links import revive_blob, revive_objects, touch_blob
from .reservations import reserve_bytes
from .upload_context import UploadContext


def store_blob(context: UploadContext, *, sha256: str, size: int, blocks: Iterable[bytes]) -> RepoObject:
    """Store an object under the SHA-256 that its bytes really have, and let the repository hold it.

    raises  WrongBytes if hash or size are others, OverQuota (nothing is stored)
    """
    revive_blob(sha256)
    is_own = was_uploaded_by(context, sha256)
    with reserve_bytes(context, size):
        release_connection()
        write_blob(sha256, size, blocks, is_own=is_own)
        return link_blob(context, sha256, size)


def was_uploaded_by(context: UploadContext, sha256: str) -> bool:
    """Return whether a person brought these bytes before, to whichever repository."""
    return (
        context.user_id is not None
        and RepoObject.objects.filter(sha256=sha256, uploaded_by=context.user_id).exists()
    )


def write_blob(sha256: str, size: int, blocks: Iterable[bytes], *, is_own: bool = False) -> None:
    """Write blocks as the blob of this hash.

    is_own  its sender brought it before, so it is only compared; others must not learn from the time it takes that it is there
    """
    store, key = object_store(), blob_key(sha256)
    count, is_known = 0, is_own and store.has(key)
    with Sha256Stage() as digest, store.writer(key) as writer:
        for block in blocks:
            digest.put(block)
            count += len(block)
            if count > size:
                raise WrongBytes(f"The object is longer than the {size} bytes announced.")
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
    """Let a repository hold a blob that is stored.

    raises  Unavailable if it was collected in this very moment
    """
    touch_blob(sha256, size)
    if object_store().size(blob_key(sha256)) != size:
        raise Unavailable(_("The object was removed while it came in. Send it again."))
    revive_objects(context.repo_key, [sha256])
    facts = {"size": size, "source": Source.LFS, "uploaded_by": context.user_id}
    return RepoObject.objects.get_or_create(repo_key=context.repo_key, sha256=sha256, defaults=facts)[0]
