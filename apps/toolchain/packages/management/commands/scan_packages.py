"""`manage.py scan_packages`: scan all published files of the package index anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.toolchain.packages.models import ProjectFile
from apps.toolchain.packages.services.scanning import BATCH, scan_again


class Command(BaseCommand):
    help = "Scan all published files of the package index anew, as after an update of the scanner."

    def handle(self, *args: Any, **options: Any) -> None:
        last, count = 0, 0
        while ids := list(
            ProjectFile.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ):
            last, count = ids[-1], count + len(ids)
            for filename in scan_again(ids):
                self.stdout.write(f"blocked: {filename}")
        self.stdout.write(f"{count} files scanned")
