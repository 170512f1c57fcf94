"""manage.py recount_storage: compare the counts of stored bytes with what is stored."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.business.usage.services import recount_stored


class Command(BaseCommand):
    help = (
        "Recount the stored bytes of every repository and namespace, and correct what differs. "
        "The light worker does this every night."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="report differences and change nothing")

    def handle(self, *arguments: Any, dry_run: bool, **options: Any) -> None:
        found = recount_stored(dry_run=dry_run)
        for one in found:
            self.stdout.write(f"{one.subject}: {one.counted_bytes} counted, {one.actual_bytes} stored")
        verb = "differ" if dry_run else "corrected"
        self.stdout.write(f"{len(found)} counts {verb}.")
