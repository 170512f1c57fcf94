"""`manage.py compile_translations`: compile the catalogs without gettext tools."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.core.text.catalogs import locale_folders
from apps.core.text.translations import compile_translations


class Command(BaseCommand):
    help = "Compile the catalogs of the project and of each app into .mo files that are out of date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="also compile catalogs that are up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in locale_folders():
            for path in compile_translations(folder, force=options["force"]):
                if options["verbosity"]:
                    self.stdout.write(f"Compiled {path}")
