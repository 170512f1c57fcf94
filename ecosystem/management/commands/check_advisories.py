"""`manage.py check_advisories`: compare the pinned packages with an OSV export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ecosystem.advisories.matching import Hit, Package, find_hits
from ecosystem.advisories.records import SkippedRecords, UnreadableExport, read_records
from ecosystem.advisories.versions import SCRIPTS, read_pins

HITS, UNREADABLE = 1, 2


class Command(BaseCommand):
    help = (
        "Compare the pinned packages with an OSV export (a zip, a folder, JSON or JSON lines). "
        "Exit status: 0 no advisories, 1 advisories found, 2 unreadable file."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--osv",
            required=True,
            action="append",
            type=Path,
            metavar="FILE",
            help="OSV export; may be repeated",
        )
        parser.add_argument(
            "--lock",
            type=Path,
            default=settings.ROOT / "constraints.txt",
            help="pinned packages (default: constraints.txt)",
        )

    def handle(self, *args: Any, osv: list[Path], lock: Path, **options: Any) -> None:
        try:
            packages = [Package("PyPI", name, version) for name, version in read_pins(lock).items()]
            packages += [Package("npm", name, version) for name, version in SCRIPTS.items()]
            sys.exit(HITS if self._check(packages, osv) else 0)
        except (OSError, UnicodeDecodeError, ValueError, UnreadableExport) as error:
            self.stderr.write(str(error))
            sys.exit(UNREADABLE)

    def _check(self, packages: list[Package], exports: list[Path]) -> int:
        """Print a line for each advisory and return how many there are."""
        hits, records, skipped = 0, 0, SkippedRecords()
        for path in exports:
            before = records

            def count_records(path: Path = path) -> Any:
                nonlocal records
                for record in read_records(path, skipped):
                    records += 1
                    yield record

            for hit in find_hits(packages, count_records(), skipped.add):
                hits += 1
                self.stdout.write(_line(hit))
            if records == before:
                raise UnreadableExport(f"{path} contains no OSV records.")
        if skipped.count:
            self.stderr.write(
                f"{skipped.count} records could not be read: {', '.join(skipped.names or [])} …"
            )
        self.stderr.write(f"{len(packages)} packages, {records} records, {hits} advisories.")
        return hits


def _line(hit: Hit) -> str:
    facts = [f"{hit.package.name} {hit.package.version}", " ".join([hit.id, *hit.aliases])]
    facts.append(f"fixed in {', '.join(hit.fixed_in)}" if hit.fixed_in else "no fix known")
    return _printable(" | ".join([*facts, hit.summary[:200]]))


def _printable(text: str) -> str:
    """Replace control characters: records are untrusted and must not control the terminal."""
    return "".join(one if one.isprintable() else " " for one in text)
