"""Counting uploads in flight, so that concurrent ones cannot exceed a user's limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

from apps.business.usage.meters import Meter
from apps.business.usage.services import over_limit

from ..models import UploadReservation
from ..unreferenced import unreferenced_bytes
from .upload_context import UploadContext

# even the smallest object takes a row and a disk block
MIN_RESERVED_BYTES = 16 << 10
LOCK_CLASS = 0x626C6F62


@contextmanager
def reserve_bytes(context: UploadContext, size: int) -> Iterator[None]:
    """Count bytes for the user for the duration of the block; what is stored by then counts by its own rows.

    size    the most that may arrive; 0 reserves nothing
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
    """Reserve under an advisory lock per user, so that concurrent requests see each other's reservations."""
    limit = settings.UNREFERENCED_LIMIT_BYTES
    _commit_lazily()
    if limit:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, user_id])
        used = unreferenced_bytes(user_id)
        if used + size > limit:
            raise over_limit(Meter.UNCOMMITTED_BYTES, limit=limit, used=used, requested=size)
    return UploadReservation.objects.create(user_id=user_id, repo_key=context.repo_key, size=size)


def _commit_lazily() -> None:
    """Skip the wait for the disk: a database crash that loses the reservation ends the upload too."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
