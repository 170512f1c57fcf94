"""Uploading xorbs, which are verified in full before they become visible."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable
from apps.core.objects.pipeline import BackgroundStage
from apps.core.objects.store import ObjectWriter
from apps.core.objects.stores import object_store
from apps.core.web.http import release_connection

from ..keys import index_key, xorb_key
from ..known import known_xorbs, remember_sent
from ..models import RepoXorb, Xorb
from ..readers import is_complete
from ..xet.errors import XorbHashMismatch
from ..xet.hashes import to_text
from ..xet.xorb import BODY_LIMIT_BYTES, XorbIndex, XorbReader
from .reservations import MIN_RESERVED_BYTES, reserve_bytes
from .upload_context import UploadContext


def store_xorb(
    context: UploadContext, *, hash: str, blocks: Iterable[bytes], size: int = BODY_LIMIT_BYTES
) -> Xorb:
    """Verify and store a xorb. It is made durable when a shard first references it.

    A stored xorb that is unknown to its sender is received like a new one: neither response nor timing
    reveals it.

    hash    text form, as claimed by the client
    size    the most bytes that may arrive
    raises  MalformedXorb, XorbHashMismatch, OverQuota; nothing is stored then
    """
    # unmarked first, so that the bytes are not collected between the check and the end
    Xorb.objects.filter(pk=hash, marked_for_deletion_at__isnull=False).update(
        last_used_at=timezone.now(), marked_for_deletion_at=None
    )
    row = Xorb.objects.filter(pk=hash).first()
    is_stored = row is not None and is_complete(row)
    is_known = is_stored and known_xorbs(context.repo_key, context.uploader).filter(pk=hash).exists()
    with reserve_bytes(context, 0 if is_known else size):
        release_connection()
        index = _receive(hash, blocks, is_stored=is_stored, is_known=is_known)
        # the same chunks may be compressed differently: what is stored stays as it is
        facts = (
            row
            if row is not None and is_stored
            else Xorb(size=index.size, raw_size=index.raw_size, chunk_count=index.count)
        )
        return _link_xorb(context, hash, facts, counted=not is_known)


def _receive(hash: str, blocks: Iterable[bytes], *, is_stored: bool, is_known: bool) -> XorbIndex:
    store = object_store()
    with store.writer(xorb_key(hash)) as writer:
        index = _verified(hash, blocks, None if is_known else writer)
        if not is_known:
            writer.truncate(index.size)
            with store.writer(index_key(hash)) as note:
                note.write(index.to_bytes())
                if not is_stored:
                    note.publish()
        if not is_stored:
            writer.publish()
    return index


def _verified(hash: str, blocks: Iterable[bytes], writer: ObjectWriter | None) -> XorbIndex:
    reader = XorbReader()
    with BackgroundStage(reader.feed) as check:
        for block in blocks:
            check.put(block)
            if writer:
                writer.write(block)
        check.wait()
    found, index = reader.finish()
    if to_text(found) != hash:
        raise XorbHashMismatch
    return index


@transaction.atomic
def _link_xorb(context: UploadContext, hash: str, stored: Xorb, *, counted: bool) -> Xorb:
    with connection.cursor() as cursor:
        # losing this row in a crash is as harmless as losing the bytes: a shard checks both
        cursor.execute("SET LOCAL synchronous_commit TO off")
    facts = {"size": stored.size, "raw_size": stored.raw_size, "chunk_count": stored.chunk_count}
    xorb = Xorb(hash=hash, last_used_at=timezone.now(), marked_for_deletion_at=None, **facts)
    Xorb.objects.bulk_create(
        [xorb],
        update_conflicts=True,
        unique_fields=["hash"],
        update_fields=[*facts, "last_used_at", "marked_for_deletion_at"],
    )
    if object_store().size(xorb_key(hash)) != stored.size:
        raise Unavailable(_("The xorb was removed during the upload. Upload it again."))
    RepoXorb.objects.bulk_create([RepoXorb(repo_key=context.repo_key, xorb=xorb)], ignore_conflicts=True)
    sizes = {hash: max(stored.size, MIN_RESERVED_BYTES) if counted else 0}
    remember_sent(context.repo_key, context.uploader, context.user_id, sizes)
    return xorb
