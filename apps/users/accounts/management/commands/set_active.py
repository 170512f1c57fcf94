"""Switch an account off or on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.users.accounts.management.finding import person_named, refusals_as_errors
from apps.users.accounts.services import set_active


class Command(BaseCommand):
    help = "Switch a person's account on; with --off the person cannot sign in, and their tokens are refused. Nothing is deleted."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--off", action="store_true", help="switch it off")

    def handle(self, *args: Any, name: str, off: bool, **options: Any) -> None:
        user = person_named(name)
        with refusals_as_errors():
            set_active(user, is_active=not off)
        self.stdout.write(f"The account {user.username} is {'off' if off else 'on'} now.")
