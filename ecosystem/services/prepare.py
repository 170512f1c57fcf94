"""What a start needs before the processes: migrations, translations, static files, the first admin, the worker's token."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from apps.core.errors import Refusal
from apps.registry.repos.services.sweep import sweep_spool
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.models import TokenRole, User
from apps.users.accounts.services import issue_token
from ecosystem import env


def migrate() -> None:
    """Bring the database's shape up to date; nothing to do costs one look.

    raises  CommandError if the database stands between migrations that have since become one
    """
    applied = MigrationRecorder(connection).applied_migrations()
    for (app, name), one in MigrationLoader(None).replacements.items():
        known = [old in applied for old in one.replaces]
        if any(known) and not all(known) and (app, name) not in applied:
            raise CommandError(
                f"This database is older than this version can bring up to date ({app} lacks {one.replaces[known.index(False)][1]}). "
                "Start it once with the version before, then with this one. Nothing was changed."
            )
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def spool() -> None:
    """Remove what requests of an earlier start left half-done: nothing else runs in this folder yet."""
    sweep_spool(age=timedelta(0))


def _newest(folder: Path, pattern: str) -> str:
    facts = sorted((str(file), file.stat().st_mtime_ns) for file in folder.rglob(pattern) if file.is_file())
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _once(name: str, state: str, work: Callable[[], object]) -> None:
    """Do work again only when what it reads has changed."""
    stamp = env.DATA_DIR / "stamps" / name
    if stamp.exists() and stamp.read_text() == state:
        return
    work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state)


def translations() -> None:
    """Compile the catalogues beside their sources."""
    catalogs = settings.LOCALE_PATHS[0]
    missing = [file for file in catalogs.rglob("*.po") if not file.with_suffix(".mo").exists()]
    state = _newest(catalogs, "*.po") + ("" if not missing else "missing")
    _once("translations", state, lambda: call_command("compile_translations", verbosity=0))


def static_files() -> None:
    """Collect and compress static files under names that change with their content."""
    if settings.DEBUG or settings.TESTING:
        return
    state = _newest(env.ROOT / "static", "*") + settings.VERSION
    _once("public", state, lambda: call_command("collectstatic", interactive=False, verbosity=0))


def worker_token() -> str:
    """Return the token that the embedded worker signs in with; made anew when it is gone or was revoked.

    raises  RuntimeError if nobody is there whose worker it could be
    """
    file = env.DATA_DIR / "secrets" / "worker_token"
    if file.exists():
        try:
            actor_for_token(file.read_text().strip())
            return file.read_text().strip()
        except Refusal:
            file.unlink()
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk").first()
    if staff is None:
        raise RuntimeError("There is no administrator; `manage.py create_user NAME --staff` makes one.")
    raw = issue_token(staff, name="worker of this box", role=TokenRole.WORKER)[1]
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(raw)
    return raw
