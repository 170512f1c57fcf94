"""Bringing in xorbs: verified as a whole before anybody can see them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BadRequest, Unavailable
from apps.core.http import release_connection

from ..known import known_xorbs, remember_sent
from ..models import RepoXorb, Xorb
from ..pipeline import BackgroundStage
from ..readers import is_complete
from ..store import ObjectWriter, index_key, xorb_key
from ..stores import object_store
from ..xet.hashes import to_text
from ..xet.xorb import BODY_LIMIT_BYTES, XorbIndex, XorbReader
from .reservations import MIN_RESERVED_BYTES, reserve_bytes
from .upload_context import UploadContext


def store_xorb(
    context: UploadContext, *, hash: str, blocks: Iterable[bytes], size: int = BODY_LIMIT_BYTES
) -> Xorb:
    """Store a xorb under the hash that its chunks really have. It is made durable when a shard first names it.

    A xorb that is stored, but not known to who sends it, is received like a new one: neither answer nor time tells of it.

    hash    text form, as the client claims it
    size    the most bytes that may come
    raises  MalformedXorb, BadRequest if the hash is another, OverQuota; nothing is stored then
    """
    # a mark that is taken away first keeps the bytes that are looked for here from being collected meanwhile
    Xorb.objects.filter(pk=hash, marked_for_deletion_at__isnull=False).update(
        last_used_at=timezone.now(), marked_for_deletion_at=None
    )
    row = Xorb.objects.filter(pk=hash).first()
    is_stored = row is not None and is_complete(row)
    is_known = is_stored and known_xorbs(context.repo_key, context.uploader).filter(pk=hash).exists()
    with reserve_bytes(context, 0 if is_known else size):
        release_connection()
        index = _receive(hash, blocks, is_stored=is_stored, is_known=is_known)
        # the same chunks may come packed in another way: what is stored stays as it is
        facts = (
            row
            if row is not None and is_stored
            else Xorb(size=index.size, raw_size=index.raw_size, chunk_count=index.count)
        )
        return _hold_xorb(context, hash, facts, counted=not is_known)


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
        raise BadRequest(
            "The xorb's chunks do not hash to the name that it was sent under.", code="XorbHashMismatch"
        )
    return index


@transaction.atomic
def _hold_xorb(context: UploadContext, hash: str, stored: Xorb, *, counted: bool) -> Xorb:
    with connection.cursor() as cursor:
        # a row that a fall of the database takes is no worse than bytes that a power cut takes: a shard asks for both
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
        raise Unavailable(_("The xorb was removed while it came in. Send it again."))
    RepoXorb.objects.bulk_create([RepoXorb(repo_key=context.repo_key, xorb=xorb)], ignore_conflicts=True)
    sizes = {hash: max(stored.size, MIN_RESERVED_BYTES) if counted else 0}
    remember_sent(context.repo_key, context.uploader, context.user_id, sizes)
    return xorb
