"""Deleting stored bytes waits while a backup runs, which still has to copy what its rows name."""

from __future__ import annotations

from django.db import connection

LOCK = 0x62616E79616E


def may_delete() -> bool:
    """Return whether stored bytes may be deleted until the transaction ends; a backup waits for that.

    Call it inside a transaction, right before the bytes go. After a refusal, a later run tries again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
