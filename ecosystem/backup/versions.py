"""Which version of the site made a backup, by its migrations."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from .errors import BackupError
from .manifest import Manifest


def last_migrations() -> dict[str, str]:
    """Return app -> its last migration.

    raises  BackupError if the database lacks some
    """
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(leaves):
        raise BackupError(
            "The database is not that of this version. Start the site once, or use its version."
        )
    return dict(leaves)


def check_version(manifest: Manifest) -> None:
    """raises  BackupError if a newer version of the site made the backup"""
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for squashed in loader.replacements.values():
        known.update(squashed.replaces)
    newer = sorted(f"{app}.{name}" for app, name in manifest.migrations.items() if (app, name) not in known)
    if newer:
        raise BackupError(
            f"A newer version of the site made this backup ({', '.join(newer[:3])}). "
            "Restore it with that version."
        )
