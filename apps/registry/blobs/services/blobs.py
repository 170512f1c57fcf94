"""Bringing in plain blobs: LFS objects in one piece."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable
from apps.core.http import release_connection

from ..beside import Sha256Beside
from ..errors import WrongBytes
from ..models import RepoObject, Source
from ..store import blob_key
from ..stores import object_store
from .deposit import Deposit
from .links import revive_blob, revive_objects, touch_blob
from .reservations import reserved


def store_blob(deposit: Deposit, *, sha256: str, size: int, blocks: Iterable[bytes]) -> RepoObject:
    """Store an object under the SHA-256 that its bytes really have, and let the repository hold it.

    raises  WrongBytes if hash or size are others, OverQuota (nothing is stored)
    """
    revive_blob(sha256)
    is_own = sent_before(deposit, sha256)
    with reserved(deposit, size):
        release_connection()
        keep_blob(sha256, size, blocks, is_own=is_own)
        return hold_blob(deposit, sha256, size)


def sent_before(deposit: Deposit, sha256: str) -> bool:
    """Return whether a person brought these bytes before, to whichever repository."""
    return (
        deposit.user_id is not None
        and RepoObject.objects.filter(sha256=sha256, uploaded_by=deposit.user_id).exists()
    )


def keep_blob(sha256: str, size: int, blocks: Iterable[bytes], *, is_own: bool = False) -> None:
    """Write blocks as the blob of this hash.

    is_own  its sender brought it before, so it is only compared; others must not learn from the time it takes that it is there
    """
    store, key = object_store(), blob_key(sha256)
    count, is_known = 0, is_own and store.has(key)
    with Sha256Beside() as digest, store.incoming(key) as incoming:
        for block in blocks:
            digest.put(block)
            count += len(block)
            if count > size:
                raise WrongBytes(f"The object is longer than the {size} bytes announced.")
            if not is_known:
                incoming.write(block)
        if not is_known:
            incoming.sync()
        if count != size or digest.hexdigest() != sha256:
            raise WrongBytes
        if not is_known:
            incoming.keep()


@transaction.atomic
def hold_blob(deposit: Deposit, sha256: str, size: int) -> RepoObject:
    """Let a repository hold a blob that is stored.

    raises  Unavailable if it was collected in this very moment
    """
    touch_blob(sha256, size)
    if object_store().size(blob_key(sha256)) != size:
        raise Unavailable(_("The object was removed while it came in. Send it again."))
    revive_objects(deposit.repo_key, [sha256])
    facts = {"size": size, "source": Source.LFS, "uploaded_by": deposit.user_id}
    return RepoObject.objects.get_or_create(repo_key=deposit.repo_key, sha256=sha256, defaults=facts)[0]
