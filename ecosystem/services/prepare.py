"""Preparations before the processes start: migrations, translations, static files, the worker's token."""

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
from apps.core.text.catalogs import locale_folders
from apps.registry.storage.services.sweep import sweep_spool
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.models import TokenRole, User
from apps.users.accounts.services import issue_token
from ecosystem import env


def migrate() -> None:
    """Apply pending migrations.

    raises  CommandError if only some of a squashed migration's predecessors are applied
    """
    applied = MigrationRecorder(connection).applied_migrations()
    for (app, name), squashed in MigrationLoader(None).replacements.items():
        known = [old in applied for old in squashed.replaces]
        if any(known) and not all(known) and (app, name) not in applied:
            missing = squashed.replaces[known.index(False)][1]
            raise CommandError(
                f"This database is too old to upgrade directly ({app} lacks {missing}). "
                "Start the previous version once, then this one. Nothing was changed."
            )
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def spool() -> None:
    """Remove temporary files of interrupted requests; no other process uses the folder yet."""
    sweep_spool(age=timedelta(0))


def _fingerprint(folder: Path, pattern: str) -> str:
    facts = sorted((str(file), file.stat().st_mtime_ns) for file in folder.rglob(pattern) if file.is_file())
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _run_if_changed(name: str, fingerprint: str, work: Callable[[], object]) -> None:
    """Run work if the fingerprint of its inputs differs from the last run's."""
    stamp = env.DATA_DIR / "stamps" / name
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)


def translations() -> None:
    """Compile the catalogs beside their sources."""
    folders = locale_folders()
    missing = any(not file.with_suffix(".mo").exists() for folder in folders for file in folder.rglob("*.po"))
    fingerprint = "".join(_fingerprint(folder, "*.po") for folder in folders) + ("missing" if missing else "")
    _run_if_changed("translations", fingerprint, lambda: call_command("compile_translations", verbosity=0))


def static_files() -> None:
    """Collect and compress static files under hashed names."""
    if settings.DEBUG or settings.TESTING:
        return
    fingerprint = _fingerprint(env.ROOT / "static", "*") + settings.VERSION
    _run_if_changed(
        "public", fingerprint, lambda: call_command("collectstatic", interactive=False, verbosity=0)
    )


def worker_token() -> str:
    """Return the embedded worker's token; issue a new one if it is missing or revoked.

    raises  RuntimeError without an administrator to issue it to
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
        raise RuntimeError("There is no administrator. Create one with `manage.py create_user NAME --staff`.")
    raw = issue_token(staff, name="local worker", role=TokenRole.WORKER)[1]
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(raw)
    return raw
