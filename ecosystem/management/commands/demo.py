"""`manage.py demo`: the whole workflow with real data, on the running site or a temporary one."""

from __future__ import annotations

import os
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from ecosystem.demo.chain import Chain
from ecosystem.demo.site import demo_site


class Command(BaseCommand):
    help = (
        "Run the demo: sign up, publish, fine-tune, evaluate, verify, use. "
        "KEEP=1 leaves a site that it started running."
    )
    requires_system_checks: list[str] = []
    chain: type[Chain] = Chain

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--keep",
            action="store_true",
            default=os.environ.get("KEEP") == "1",
            help="leave the site running at the end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with demo_site(keep=options["keep"], report=self._print) as site:
                self.chain(site, self._print).play()
        except (RuntimeError, requests.RequestException) as error:
            raise CommandError(str(error)) from error

    def _print(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
