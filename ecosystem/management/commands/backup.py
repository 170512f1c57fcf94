"""`manage.py backup FOLDER`: back up the whole instance while it runs."""

from __future__ import annotations

import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from apps.core.errors import Refusal
from ecosystem.backup.create import Options, make_backup
from ecosystem.backup.errors import BackupError
from ecosystem.backup.manifest import Manifest

FAULTS, SHOWN = 3, 20


class Command(BaseCommand):
    help = (
        "Back up database, git repositories, large objects and secrets into a folder, while the site runs. "
        "Later runs add what is new. Exit status: 0 complete, 3 complete but the site itself lacks something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="holds all backups of this instance")
        parser.add_argument(
            "--leave-bucket",
            action="store_true",
            help="list the objects of the bucket without copying them",
        )
        parser.add_argument(
            "--copy",
            action="store_true",
            help="copy files that are on the same disk too, instead of hard-linking them",
        )
        parser.add_argument(
            "--keep", type=_at_least_one, default=7, help="number of backups to keep (default: 7)"
        )

    def handle(self, *arguments: Any, folder: Path, **options: Any) -> None:
        began = time.monotonic()
        chosen = Options(
            leaves_bucket=options["leave_bucket"], may_link=not options["copy"], keep=options["keep"]
        )
        root = folder.expanduser().resolve()
        try:
            manifest = make_backup(root, chosen, self.stderr.write)
        except (BackupError, Refusal) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup is unfinished: {error}. Run it again to continue.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to continue.", returncode=130) from None
        self.report(manifest, root, time.monotonic() - began)

    def report(self, manifest: Manifest, root: Path, seconds: float) -> None:
        counts = manifest.counts
        git, objects = filesizeformat(counts["git_bytes"]), filesizeformat(counts["object_bytes"])
        self.stdout.write(
            f"Backup {manifest.name} is complete ({seconds:.1f} s): "
            f"{sum(manifest.rows.values())} rows, "
            f"{counts['repositories']} repositories ({git}, {counts['git_files_new']} new files), "
            f"{counts['objects']} objects ({objects}, {counts['objects_new']} new)."
        )
        if counts["objects_in_bucket"]:
            self.stdout.write(
                f"{counts['objects_in_bucket']} objects are in the bucket only; keep them there."
            )
        self.stderr.write(
            f"{root} holds passwords, private files and the key that signs receipts. "
            "Keep it closed to others."
        )
        if manifest.secrets_elsewhere:
            names = ", ".join(manifest.secrets_elsewhere)
            self.stderr.write(f"Not in the backup, since they are in the environment: {names}.")
        for fault in manifest.faults[:SHOWN]:
            self.stderr.write(fault)
        if manifest.faults:
            raise CommandError(
                f"The site itself lacks {len(manifest.faults)} things. Run `manage.py verify`.",
                returncode=FAULTS,
            )


def _at_least_one(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError("must be 1 or more")
    return int(text)
