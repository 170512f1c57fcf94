"""Imports a Discourse site from a folder of its JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.community.forum.services.importing.discourse import FILES, import_discourse


class Command(BaseCommand):
    help = "Import categories, topics and posts of a Discourse site. It may run again after a stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help=f"has {', '.join(FILES)}")
        parser.add_argument("source", help="address of the site, such as https://forum.example.com")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not any((folder / name).exists() for name in FILES):
            raise CommandError(f"{folder} has none of {', '.join(FILES)}.")
        report = import_discourse(folder, options["source"])
        for file, line, words in report.problems:
            self.stderr.write(f"{file}:{line}: {words}")
        made = ", ".join(f"{count} {kind}" for kind, count in report.made.items()) or "nothing new"
        self.stdout.write(f"Made {made}; {report.known} rows were there; {report.problem_count} left out.")
