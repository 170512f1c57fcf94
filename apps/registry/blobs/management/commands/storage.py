"""manage.py storage: migrate, check or clean up the object store."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import Refusal
from apps.core.objects.folders import declared_folders
from apps.core.objects.migration import Outcome, check_objects, migrate_objects
from apps.core.objects.services import collect_orphans
from apps.core.objects.stores import object_store, store_of
from apps.registry.blobs.generation import raise_generation

EVERY_SECONDS = 2.0
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Migrate objects between the local folder and the bucket, check them, delete those without a row, "
        "or reset client caches."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        migrate = acts.add_parser(
            "migrate",
            help="copy and verify every object; may be stopped and run again",
        )
        migrate.add_argument("--to", required=True, choices=["local", "s3"])
        migrate.add_argument(
            "--remove",
            action="store_true",
            help="delete each object from the old store once the new one has it",
        )
        check = acts.add_parser("check", help="check that every object is there with the right size")
        check.add_argument("--deep", action="store_true", help="read and hash all bytes")
        acts.add_parser("collect", help="delete old objects that belong to no row, such as former avatars")
        acts.add_parser(
            "forget-clients",
            help="change the Xet endpoint URL so that clients drop their caches, after a restore from backup",
        )

    def handle(self, *arguments: Any, act: str, **options: Any) -> None:
        self.last = 0.0
        try:
            if act == "migrate":
                self.migrate(options["to"], options["remove"])
            elif act == "check":
                done = check_objects(
                    declared_folders(), object_store(), deep=options["deep"], report=self.progress
                )
                self.stdout.write(f"{done.present} objects are intact.")
                self.report_broken(done)
            elif act == "collect":
                self.stdout.write(f"{collect_orphans()} objects deleted.")
            else:
                self.stdout.write(f"The generation of the Xet endpoint is now {raise_generation()}.")
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to continue.", returncode=130) from None

    def migrate(self, to: str, remove: bool) -> None:
        if "s3" not in settings.OBJECT_STORES:
            raise CommandError("Configure S3_BUCKET and the related settings first (docs/settings.md).")
        if remove and settings.OBJECT_STORE["kind"] != to:
            raise CommandError(
                f"The site still uses the old store. Restart it with STORAGE={to} first (docs/operations.md)."
            )
        source, target = (
            store_of(settings.OBJECT_STORES[kind])
            for kind in (("s3", "local") if to == "local" else ("local", "s3"))
        )
        done = migrate_objects(declared_folders(), source, target, remove=remove, report=self.progress)
        self.stdout.write(
            f"{done.copied} objects copied ({done.copied_bytes} bytes), {done.present} already there."
        )
        if done.removed:
            self.stdout.write(f"{done.removed} deleted from the old store.")
        self.report_broken(done)

    def progress(self, line: str) -> None:
        if time.monotonic() - self.last > EVERY_SECONDS:
            self.last = time.monotonic()
            self.stderr.write(line)

    def report_broken(self, done: Outcome) -> None:
        for key in done.broken[:SHOWN]:
            self.stderr.write(f"broken: {key}")
        if done.broken:
            raise CommandError(f"{len(done.broken)} objects are missing or corrupt.")
