"""Making a backup while the site runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from apps.registry.contents.services.recovery import unfinished_updates
from ecosystem import env

from .database import Tools, count_rows, dump, find_tools, server_version
from .errors import BackupError
from .files import Progress, Report
from .keys import copy_secrets
from .layout import DATABASE, GIT_FILES, OBJECTS, REFS, BackupFolder
from .manifest import Manifest
from .moment import Moment, deletions_paused
from .objects import copy_objects, list_objects
from .prune import prune
from .repositories import copy_repositories, warm_refs, write_refs
from .versions import last_migrations


@dataclass(frozen=True, slots=True)
class Options:
    """How a backup is made.

    leaves_bucket  list objects of the bucket without copying them
    may_link       hard-link files on the same disk instead of copying them
    keep           number of backups that remain, at least 1
    """

    leaves_bucket: bool = False
    may_link: bool = True
    keep: int = 7


def make_backup(root: Path, options: Options, say: Report) -> Manifest:
    """Back up the whole instance. A run can be killed and repeated: what was copied is not copied again.

    The order is what makes it consistent: nothing is deleted from now on; a moment is taken of the rows and
    of the refs that belong to them; then follow the files that these name, which never change.

    raises  BackupError
    """
    if root.is_relative_to(env.DATA_DIR):
        raise BackupError(f"{root} is inside the data folder. Choose a folder outside, best on another disk.")
    migrations, server = last_migrations(), server_version()
    tools, target = find_tools(server), BackupFolder(root)
    target.refuse_other_files()
    with target.locked(), deletions_paused() as moment:
        folder = target.begin()
        manifest = Manifest(folder.name, _now(), version=settings.VERSION, public_url=env.PUBLIC_URL)
        manifest.migrations, manifest.server, manifest.dumped_with = migrations, server, tools.major
        _take_moment(moment, folder, manifest, tools, say)
        report = Progress(say)
        copy_repositories(target, folder, manifest, may_link=options.may_link, report=report)
        copy_objects(
            target,
            folder,
            manifest,
            leaves_bucket=options.leaves_bucket,
            may_link=options.may_link,
            report=report,
        )
        copy_secrets(folder, manifest)
        moment.check()
        for part in (DATABASE, REFS, GIT_FILES, OBJECTS):
            manifest.add_part(folder, part)
        manifest.finished_at = _now()
        manifest.write(folder)
        prune(target, keep=options.keep, report=report)
    return manifest


def _take_moment(moment: Moment, folder: Path, manifest: Manifest, tools: Tools, say: Report) -> None:
    warm_refs()

    def read_refs() -> None:
        write_refs(folder, manifest)
        manifest.unfinished_updates = sorted(unfinished_updates())

    with moment.snapshot(read_refs) as snapshot:
        say("Writing the database …")
        dump(tools, snapshot, folder / DATABASE)
        manifest.rows = count_rows()
        list_objects(folder)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
