"""manage.py collect_garbage: delete large files that are no longer reachable."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from apps.core.errors import Refusal
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.services.garbage import CountAndSize, unmark_all
from apps.registry.repos.models import Repo
from apps.registry.storage.services.garbage import (
    BLOBS,
    FILES,
    LINKS,
    UNTRACKED,
    XORBS,
    Collection,
    collect_garbage,
    preview_garbage,
)

KINDS = {
    LINKS: "large files of repositories that no branch or tag reaches",
    FILES: "Xet files that no repository links",
    BLOBS: "plain blobs that no repository links",
    XORBS: "xorbs that no file uses",
    UNTRACKED: "stored objects without a row",
}
EVERY_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Mark large files that are no longer reachable, "
        "and remove those marked more than GARBAGE_SWEEP_DELAY_HOURS ago. "
        "Can be stopped and run again at any time while the site is running."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--preview",
            action="store_true",
            help="show what would be marked and removed, without changing anything",
        )
        parser.add_argument(
            "--list",
            action="store_true",
            help="with --preview: list every large file that no branch or tag reaches",
        )
        parser.add_argument("--undo", action="store_true", help="clear all marks")
        parser.add_argument(
            "--bump-generation",
            action="store_true",
            help="change the Xet endpoint URL, so that xorbs in client caches (22 days) need not be kept",
        )

    def handle(
        self, *arguments: Any, preview: bool, undo: bool, bump_generation: bool, **options: Any
    ) -> None:
        self.last = 0.0
        try:
            if undo:
                self.stdout.write(f"{self.amount(unmark_all())} unmarked.")
            elif preview:
                each = self.print_object if options["list"] else lambda row: None
                self.report(
                    preview_garbage(forget_clients=bump_generation, report=self.progress, each=each),
                    "would be ",
                )
            else:
                self.report(collect_garbage(forget_clients=bump_generation, report=self.progress), "")
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to continue.", returncode=130) from None

    def progress(self, line: str) -> None:
        """Show at most one line every two seconds."""
        if time.monotonic() - self.last > EVERY_SECONDS:
            self.last = time.monotonic()
            self.stderr.write(line)

    def print_object(self, row: RepoObject) -> None:
        repo = Repo.objects.select_related("namespace").filter(pk=row.repo_key).first()
        state = "marked" if row.marked_for_deletion_at else "not marked"
        self.stdout.write(
            f"{row.sha256}  {filesizeformat(row.size)}  {repo.address if repo else row.repo_key}  {state}"
        )

    def report(self, done: Collection, would: str) -> None:
        for word, found in (("marked", done.marked), ("removed", done.removed)):
            for kind, amount in found.items():
                if amount.count:
                    self.stdout.write(f"{would}{word}: {self.amount(amount)} {KINDS[kind]}")
        if not any(amount.count for found in (done.marked, done.removed) for amount in found.values()):
            self.stdout.write("Nothing to collect.")

    def amount(self, total: CountAndSize) -> str:
        return f"{total.count} ({filesizeformat(total.size_bytes)})"
