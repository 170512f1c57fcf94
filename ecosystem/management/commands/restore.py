"""`manage.py restore FOLDER`: restore a backup into an empty instance."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import Refusal
from ecosystem import env
from ecosystem.backup.errors import BackupError
from ecosystem.backup.restore import RestoreResult, restore_backup
from ecosystem.services.instance import InstanceInUse, lock_instance

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty DATA_DIR, and into the DATABASE_URL and bucket of the settings. "
        "After an interruption, run it again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="folder that `backup` wrote")
        parser.add_argument("--at", default="", metavar="NAME", help="a backup in it (default: the latest)")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="restore over content: drop the tables, set repositories and secrets aside",
        )
        parser.add_argument(
            "--copy",
            action="store_true",
            help="copy files that are on the same disk too, instead of hard-linking them",
        )

    def handle(self, *arguments: Any, folder: Path, at: str, replace: bool, **options: Any) -> None:
        began, root = time.monotonic(), folder.expanduser().resolve()
        if not root.is_dir():
            raise CommandError(f"{root} is not a folder.")
        try:
            with lock_instance():
                done = restore_backup(
                    root, name=at, replace=replace, may_link=not options["copy"], say=self.stderr.write
                )
        except (BackupError, Refusal, InstanceInUse) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The restore is unfinished: {error}. Run it again to continue.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to continue.", returncode=130) from None
        self.report(done, time.monotonic() - began)

    def report(self, done: RestoreResult, seconds: float) -> None:
        self.stdout.write(
            f"Backup {done.manifest.name} is restored into {env.DATA_DIR} ({seconds:.1f} s): "
            f"{sum(done.manifest.rows.values())} rows, {done.repositories} repositories, "
            f"{done.objects} objects."
        )
        for folder in done.set_aside:
            self.stdout.write(f"The previous instance's files are in {folder}.")
        for note in done.notes:
            self.stdout.write(note)
        for key in done.absent[:SHOWN]:
            self.stderr.write(f"missing: {key}")
        if done.absent:
            raise CommandError(f"{len(done.absent)} objects are neither in the backup nor in the bucket.")
        self.stdout.write("Next: `manage.py verify --deep`, then start the site.")
