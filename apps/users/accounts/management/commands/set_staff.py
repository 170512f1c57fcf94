"""Make somebody an administrator of the site, or not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.users.accounts.management.finding import person_named, refusals_as_errors
from apps.users.accounts.services import set_staff


class Command(BaseCommand):
    help = "Make a person an administrator of the site; with --off an ordinary person again."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--off", action="store_true", help="take it away")

    def handle(self, *args: Any, name: str, off: bool, **options: Any) -> None:
        user = person_named(name)
        with refusals_as_errors():
            set_staff(user, is_staff=not off)
        self.stdout.write(f"{user.username} is {'an ordinary person' if off else 'an administrator'} now.")
