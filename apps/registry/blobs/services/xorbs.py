"""Bringing in xorbs: verified as a whole before anybody can see them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BadRequest, Unavailable
from apps.core.http import release_connection

from ..beside import Beside
from ..known import remember_sent, xorbs_known
from ..models import RepoXorb, Xorb
from ..readers import is_complete
from ..store import Incoming, index_key, xorb_key
from ..stores import object_store
from ..xet.hashes import to_text
from ..xet.xorb import BODY_LIMIT_BYTES, XorbIndex, XorbReader
from .deposit import Deposit
from .reservations import LEAST_BYTES, reserved


def store_xorb(deposit: Deposit, *, hash: str, blocks: Iterable[bytes], size: int = BODY_LIMIT_BYTES) -> Xorb:
    """Store a xorb under the hash that its chunks really have. It is made durable when a shard first names it.

    A xorb that is stored, but not known to who sends it, is received like a new one: neither answer nor time tells of it.

    hash    text form, as the client claims it
    size    the most bytes that may come
    raises  MalformedXorb, BadRequest if the hash is another, OverQuota; nothing is stored then
    """
    # a mark that is taken away first keeps the bytes that are looked for here from being collected meanwhile
    Xorb.objects.filter(pk=hash, doomed_at__isnull=False).update(last_used_at=timezone.now(), doomed_at=None)
    row = Xorb.objects.filter(pk=hash).first()
    is_stored = row is not None and is_complete(row)
    is_known = is_stored and xorbs_known(deposit.repo_key, deposit.uploader).filter(pk=hash).exists()
    with reserved(deposit, 0 if is_known else size):
        release_connection()
        index = _receive(hash, blocks, is_stored=is_stored, is_known=is_known)
        # the same chunks may come packed in another way: what is stored stays as it is
        facts = (
            row
            if row is not None and is_stored
            else Xorb(size=index.size, raw_size=index.raw_size, chunk_count=index.count)
        )
        return _hold_xorb(deposit, hash, facts, counted=not is_known)


def _receive(hash: str, blocks: Iterable[bytes], *, is_stored: bool, is_known: bool) -> XorbIndex:
    store = object_store()
    with store.incoming(xorb_key(hash)) as incoming:
        index = _verified(hash, blocks, None if is_known else incoming)
        if not is_known:
            incoming.truncate(index.size)
            with store.incoming(index_key(hash)) as note:
                note.write(index.to_bytes())
                if not is_stored:
                    note.place()
        if not is_stored:
            incoming.place()
    return index


def _verified(hash: str, blocks: Iterable[bytes], incoming: Incoming | None) -> XorbIndex:
    reader = XorbReader()
    with Beside(reader.feed) as check:
        for block in blocks:
            check.put(block)
            if incoming:
                incoming.write(block)
        check.wait()
    found, index = reader.finish()
    if to_text(found) != hash:
        raise BadRequest(
            "The xorb's chunks do not hash to the name that it was sent under.", code="XorbHashMismatch"
        )
    return index


@transaction.atomic
def _hold_xorb(deposit: Deposit, hash: str, stored: Xorb, *, counted: bool) -> Xorb:
    with connection.cursor() as cursor:
        # a row that a fall of the database takes is no worse than bytes that a power cut takes: a shard asks for both
        cursor.execute("SET LOCAL synchronous_commit TO off")
    facts = {"size": stored.size, "raw_size": stored.raw_size, "chunk_count": stored.chunk_count}
    xorb = Xorb(hash=hash, last_used_at=timezone.now(), doomed_at=None, **facts)
    Xorb.objects.bulk_create(
        [xorb],
        update_conflicts=True,
        unique_fields=["hash"],
        update_fields=[*facts, "last_used_at", "doomed_at"],
    )
    if object_store().size(xorb_key(hash)) != stored.size:
        raise Unavailable(_("The xorb was removed while it came in. Send it again."))
    RepoXorb.objects.bulk_create([RepoXorb(repo_key=deposit.repo_key, xorb=xorb)], ignore_conflicts=True)
    sizes = {hash: max(stored.size, LEAST_BYTES) if counted else 0}
    remember_sent(deposit.repo_key, deposit.uploader, deposit.user_id, sizes)
    return xorb
