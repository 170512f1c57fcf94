"""`manage.py demo`: the whole chain with real input, on the running site or on one of its own."""

from __future__ import annotations

import os
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from ecosystem.demo.chain import Chain
from ecosystem.demo.site import demo_site


class Command(BaseCommand):
    help = "Play the chain: sign up, publish, fine-tune, evaluate, verify, use. KEEP=1 leaves a site that was started for it running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--keep",
            action="store_true",
            default=os.environ.get("KEEP") == "1",
            help="leave the site running at the end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with demo_site(keep=options["keep"], tell=self._tell) as site:
                Chain(site, self._tell).play()
        except (RuntimeError, requests.RequestException) as error:
            raise CommandError(str(error)) from error

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
