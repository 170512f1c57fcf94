"""Bringing in xorbs: verified as a whole before anybody can see them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BadRequest, Unavailable
from apps.core.http import release_connection

from ..beside import Beside
from ..models import RepoXorb, Xorb
from ..store import Incoming, index_key, object_store, xorb_key
from ..xet.hashes import to_text
from ..xet.xorb import XorbIndex, XorbReader
from .deposit import Deposit


def store_xorb(deposit: Deposit, *, hash: str, blocks: Iterable[bytes]) -> Xorb:
    """Store a xorb under the hash that its chunks really have. It is made durable when a shard first names it.

    hash    text form, as the client claims it
    raises  MalformedXorb, BadRequest if the hash is another; nothing is stored then
    """
    # a mark that is taken away first keeps the bytes that are looked for here from being collected meanwhile
    Xorb.objects.filter(pk=hash, doomed_at__isnull=False).update(last_used_at=timezone.now(), doomed_at=None)
    row = Xorb.objects.filter(pk=hash).first()
    release_connection()
    store = object_store()
    is_known = row is not None and row.is_whole()
    with store.incoming(xorb_key(hash)) as incoming:
        index = _verified(hash, blocks, None if is_known else incoming)
        if not is_known:
            incoming.truncate(index.size)
            with store.incoming(index_key(hash)) as note:
                note.write(index.to_bytes())
                note.place()
            incoming.place()
    return _hold_xorb(deposit, hash, index)


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
        raise BadRequest("The xorb's chunks do not hash to the name that it was sent under.", code="XorbHashMismatch")
    return index


@transaction.atomic
def _hold_xorb(deposit: Deposit, hash: str, index: XorbIndex) -> Xorb:
    with connection.cursor() as cursor:
        # a row that a fall of the database takes is no worse than bytes that a power cut takes: a shard asks for both
        cursor.execute("SET LOCAL synchronous_commit TO off")
    facts = {"size": index.size, "raw_size": index.raw_size, "chunk_count": index.count}
    xorb = Xorb(hash=hash, last_used_at=timezone.now(), doomed_at=None, **facts)
    Xorb.objects.bulk_create([xorb], update_conflicts=True, unique_fields=["hash"], update_fields=[*facts, "last_used_at", "doomed_at"])
    if object_store().size(xorb_key(hash)) != index.size:
        raise Unavailable(_("The xorb was removed while it came in. Send it again."))
    RepoXorb.objects.bulk_create([RepoXorb(repo_key=deposit.repo_key, xorb=xorb)], ignore_conflicts=True)
    return xorb
