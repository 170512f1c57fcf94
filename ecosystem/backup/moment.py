"""One moment of a running site: a snapshot of the database, and the refs that belong to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection, transaction
from psycopg import sql
from psycopg.rows import TupleRow

from apps.core.deletions import LOCK
from apps.registry.repos.models import Repo

from .database import connect
from .errors import BackupError

TRIES, LOCK_SECONDS, PAUSE_SECONDS = 12, 3, 5


class Moment:
    """Keeps what the snapshot names from being deleted, from its start to its end.

    A transaction that moves refs holds its repository's row. While nobody can hold one, refs and rows agree.
    """

    def __init__(self, holder: psycopg.Connection[TupleRow]) -> None:
        self.holder = holder

    @contextmanager
    def snapshot(self, read_refs: Callable[[], None]) -> Iterator[str]:
        """Enter a transaction that sees the moment, and yield its exported snapshot.

        read_refs  called while no ref can move; commits and pushes wait for it
        raises     BackupError if a long change of a repository does not end
        """
        with transaction.atomic():
            self._pause_updates()
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    cursor.execute("SELECT pg_export_snapshot()")
                    name = str(cursor.fetchone()[0])
                read_refs()
            finally:
                self.holder.execute("ROLLBACK")
            yield name

    def _pause_updates(self) -> None:
        lock = sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.Identifier(Repo._meta.db_table))
        for _ in range(TRIES):
            self.holder.execute("BEGIN")
            # whoever comes after us waits as well, so a busy moment is given up and another one tried
            self.holder.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            try:
                self.holder.execute(lock)
            except psycopg.errors.LockNotAvailable:
                self.holder.execute("ROLLBACK")
                time.sleep(PAUSE_SECONDS)
            else:
                return
        raise BackupError("A repository is being changed for very long. Try again later.")

    def check(self) -> None:
        """raises  BackupError if deletions were not kept waiting all the time"""
        try:
            self.holder.execute("SELECT 1")
        except psycopg.Error:
            raise BackupError("The connection to the database was lost. Run the backup again.") from None


@contextmanager
def deletions_paused() -> Iterator[Moment]:
    """Keep garbage collection from deleting anything; it goes on when this process ends.

    raises  BackupError if another backup runs
    """
    with connect() as holder:
        holder.execute("SET lock_timeout = '15min'")
        waiting = holder.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' "
            "AND ((classid::bigint << 32) | objid::bigint) = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK],
        ).fetchone()
        if waiting and waiting[0]:
            raise BackupError("Another backup of this site is running.")
        try:
            holder.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        except psycopg.errors.LockNotAvailable:
            raise BackupError("A deletion takes very long. Try again later.") from None
        holder.execute("RESET lock_timeout")
        try:
            yield Moment(holder)
        finally:
            # closing the connection releases the lock only a moment later; a lost one holds none
            with suppress(psycopg.Error):
                holder.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
