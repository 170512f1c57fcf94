"""`manage.py verify_receipt FILE --key FILE`: verify a receipt with the issuer's public key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.toolchain.receipts.verify import UnreadableReceipt, check, read_keys


class Command(BaseCommand):
    help = "Verify a receipt with the public key of the site that issued it. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("receipt", type=Path, help="receipt as JSON, from /api/v1/receipts/{id}")
        parser.add_argument(
            "--key",
            type=Path,
            required=True,
            help="public key: PEM, base64 or the response of /api/v1/receipt-keys",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            verification = check(options["receipt"].read_bytes(), read_keys(options["key"].read_bytes()))
        except (OSError, UnreadableReceipt) as error:
            raise CommandError(str(error), returncode=2) from None
        if not verification.is_valid:
            raise CommandError(verification.reason)
        self.stdout.write(verification.reason)
