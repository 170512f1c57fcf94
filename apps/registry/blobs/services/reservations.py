"""Counting bytes for their sender while they come in, so that no number of uploads at once goes over the limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.core.errors import OverQuota

from ..models import UploadReservation
from ..unreferenced import unreferenced_bytes
from .upload_context import UploadContext

# the smallest object takes a row and a block of the disk
MIN_RESERVED_BYTES = 16 << 10
LOCK_CLASS = 0x626C6F62


@contextmanager
def reserve_bytes(context: UploadContext, size: int) -> Iterator[None]:
    """Count bytes for the person who sends them while the block lasts; what it stores counts by its own row from then on.

    size    the most that may come; 0 counts nothing
    raises  OverQuota above UNREFERENCED_LIMIT_GIB
    """
    if context.user_id is None or not size:
        yield
        return
    row = _reserve(context, context.user_id, max(size, MIN_RESERVED_BYTES))
    try:
        yield
    finally:
        with transaction.atomic():
            _commit_lazily()
            row.delete()


@transaction.atomic
def _reserve(context: UploadContext, user_id: int, size: int) -> UploadReservation:
    """Two requests of one person go through here one after the other, so each sees what the other reserved."""
    limit = settings.UNREFERENCED_LIMIT_BYTES
    _commit_lazily()
    if limit:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, user_id])
        used = unreferenced_bytes(user_id)
        if used + size > limit:
            words = _(
                "You uploaded %(used)s MiB that no commit names yet, and this site keeps at most %(limit)s MiB. Commit them first."
            )
            raise OverQuota(
                words % {"used": used >> 20, "limit": limit >> 20}, limit=limit, used=used, asked=size
            )
    return UploadReservation.objects.create(user_id=user_id, repo_key=context.repo_key, size=size)


def _commit_lazily() -> None:
    """A reservation that a fall of the database takes is no loss: the upload falls with it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
