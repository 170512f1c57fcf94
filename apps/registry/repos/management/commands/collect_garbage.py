"""manage.py collect_garbage: let large files go that nothing leads to any more."""

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
from apps.registry.repos.services.garbage import Collection, collect_garbage, preview_garbage

KINDS = {
    "links": "large files of repositories that no branch or tag leads to",
    "files": "Xet files that no repository holds",
    "blobs": "plain blobs that no repository holds",
    "xorbs": "xorbs that no file needs",
    "strays": "stored things without a row",
}
EVERY_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Let large files go that nothing leads to any more: marked now, removed by a run after GARBAGE_WAIT_HOURS. "
        "May be stopped and run again at any time, beside a working site."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--preview", action="store_true", help="say what would be marked and removed, and change nothing"
        )
        parser.add_argument(
            "--list",
            action="store_true",
            help="with --preview: name every large file that no branch or tag leads to",
        )
        parser.add_argument("--undo", action="store_true", help="take all marks away")
        parser.add_argument(
            "--bump-generation",
            action="store_true",
            help="change the Xet address and let xorbs go that clients may remember (22 days)",
        )

    def handle(
        self, *arguments: Any, preview: bool, undo: bool, bump_generation: bool, **options: Any
    ) -> None:
        self.last = 0.0
        try:
            if undo:
                self.stdout.write(f"{self.amount(unmark_all())} are not marked any more.")
            elif preview:
                each = self.name_object if options["list"] else lambda row: None
                self.report(
                    preview_garbage(forget_clients=bump_generation, tell=self.progress, each=each),
                    "would be ",
                )
            else:
                self.report(collect_garbage(forget_clients=bump_generation, tell=self.progress), "")
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. What is done is done; run it again to go on.", returncode=130
            ) from None

    def progress(self, line: str) -> None:
        """Show at most one line every other second."""
        if time.monotonic() - self.last > EVERY_SECONDS:
            self.last = time.monotonic()
            self.stderr.write(line)

    def name_object(self, row: RepoObject) -> None:
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
            self.stdout.write("There is nothing to collect.")

    def amount(self, tally: CountAndSize) -> str:
        return f"{tally.count} ({filesizeformat(tally.size_bytes)})"
