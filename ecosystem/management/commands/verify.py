"""`manage.py verify`: check that everything that the instance's rows name is there."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.integrity import Findings
from ecosystem.backup.files import Progress
from ecosystem.integrity import check_instance

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Check that every repository, large object, receipt and key is there. The site may run. "
        "Exit status: 0 nothing is missing, 1 something is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--deep", action="store_true", help="read every byte: hash objects, run git fsck on repositories"
        )
        parser.add_argument(
            "--git-seconds",
            type=float,
            default=600,
            help="with --deep: limit of git fsck for one repository (default: 600)",
        )

    def handle(self, *arguments: Any, deep: bool, git_seconds: float, **options: Any) -> None:
        report = Progress(self.stderr.write)
        self.stdout.write(f"{'check':<24}{'checked':>10}{'problems':>10}")
        try:
            found = [
                self.show(one) for one in check_instance(deep=deep, git_seconds=git_seconds, report=report)
            ]
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None
        for findings in found:
            for line in findings.problems[:SHOWN]:
                self.stderr.write(f"{findings.name}: {line}")
            if len(findings.problems) > SHOWN:
                self.stderr.write(f"{findings.name}: and {len(findings.problems) - SHOWN} more")
            for note in findings.notes:
                self.stdout.write(f"note: {note}")
        if total := sum(len(findings.problems) for findings in found):
            raise CommandError(f"{total} problems.")
        self.stdout.write("Nothing is missing.")

    def show(self, findings: Findings) -> Findings:
        self.stdout.write(f"{findings.name:<24}{findings.checked:>10}{len(findings.problems):>10}")
        self.stdout.flush()
        return findings
