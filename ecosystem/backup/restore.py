"""Restoring a backup into an empty instance."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

from apps.core.cache import forget_everything
from apps.core.errors import Conflict
from apps.registry.blobs.generation import raise_generation
from apps.registry.blobs.services import sweep_uploads
from apps.registry.contents.services.recovery import write_journal_entry
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_store
from ecosystem import env
from ecosystem.services.instance import UNFINISHED_RESTORE

from . import database
from .errors import BackupError
from .files import Progress, Report
from .keys import restore_secrets, secrets_folder
from .layout import DATABASE, BackupFolder
from .manifest import Manifest, read_manifest
from .objects import restore_objects
from .repositories import restore_repositories
from .versions import check_version


@dataclass(slots=True)
class RestoreResult:
    """What a restore did.

    set_aside  folders of the previous instance
    absent     keys of objects that the backup names and nobody has
    """

    manifest: Manifest
    repositories: int = 0
    objects: int = 0
    set_aside: list[Path] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def restore_backup(root: Path, *, name: str, replace: bool, may_link: bool, say: Report) -> RestoreResult:
    """Restore a backup; after an interruption, the same command goes on.

    The database comes last and in one piece, and the site does not start before all of it is there.

    replace  also over content: its rows are dropped, its repositories and secrets set aside
    raises   BackupError
    """
    source = BackupFolder(root)
    folder = source.choose(name)
    manifest, report = read_manifest(folder), Progress(say)
    check_version(manifest)
    tools = database.find_tools(database.server_version(), at_least=manifest.dumped_with)
    if database.server_version() < manifest.server:
        raise BackupError(f"The backup is of PostgreSQL {manifest.server}; this server is older.")
    with source.locked():
        manifest.check_parts(folder, report)
        done = RestoreResult(manifest)
        _clear_target(done, folder.name, replace)
        restore_secrets(folder)
        done.repositories = restore_repositories(source, folder, may_link=may_link, report=report)
        done.objects, done.absent = restore_objects(source, folder, may_link=may_link, report=report)
        say("Loading the database …")
        database.load(tools, folder / DATABASE)
        if (found := database.count_rows()) != manifest.rows:
            raise BackupError(
                f"The restored database differs from the backup: {_differences(found, manifest.rows)}"
            )
        _finish(done)
        UNFINISHED_RESTORE.unlink()
    return done


def _clear_target(done: RestoreResult, name: str, replace: bool) -> None:
    """Refuse to mix two instances, and mark this one as unfinished."""
    mark = f"{name} {database.address()}"
    goes_on = UNFINISHED_RESTORE.exists() and UNFINISHED_RESTORE.read_text() == mark
    repositories = git_store().root
    has_content = database.has_tables() or (repositories.is_dir() and any(repositories.iterdir()))
    if has_content and not (replace or goes_on):
        raise BackupError(
            "This instance is not empty: its database has tables, or its data folder repositories. "
            "Choose an empty DATA_DIR (and DATABASE_URL), or add --replace."
        )
    has_tables = database.has_tables()
    if has_tables and (others := database.other_connections()):
        raise BackupError(f"{others} other connections use the database. Stop the site first.")
    if has_content and not goes_on:
        # the site does not start from now on, but only the whole mark lets a restore go on over content
        UNFINISHED_RESTORE.write_text("")
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        for one in (repositories, secrets_folder()):
            if one.is_dir():
                aside = one.with_name(f"{one.name}.before-{stamp}")
                shutil.copytree(one, aside) if one == secrets_folder() else one.rename(aside)
                done.set_aside.append(aside)
    UNFINISHED_RESTORE.write_text(mark)
    if has_tables:
        database.remove_tables()


def _finish(done: RestoreResult) -> None:
    """Adapt what a copy cannot know: caches, what clients remember, uploads in progress, derived values."""
    connection.close()
    forget_everything()
    sweep_uploads(age=timedelta(0))
    for repo in Repo.objects.filter(pk__in=done.manifest.unfinished_updates):
        write_journal_entry(repo)
    try:
        raise_generation()
    except Conflict as refusal:
        done.notes.append(f"Clients remember blocks that they sent. {refusal.message}")
    if done.manifest.secrets_elsewhere:
        names = ", ".join(done.manifest.secrets_elsewhere)
        done.notes.append(f"The site had settings that are not in a backup; set them again: {names}.")
    if done.manifest.public_url != env.PUBLIC_URL:
        done.notes.append(f"The site was at {done.manifest.public_url}; PUBLIC_URL is {env.PUBLIC_URL} now.")


def _differences(found: dict[str, int], expected: dict[str, int]) -> str:
    names = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    return ", ".join(f"{name} has {found.get(name)} rows, not {expected.get(name)}" for name in names[:5])
