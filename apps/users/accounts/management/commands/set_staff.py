"""Grant or revoke administrator rights."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.management.refusals import refusals_as_errors
from apps.users.accounts.management.helpers import user_by_name
from apps.users.accounts.services import set_staff


class Command(BaseCommand):
    help = "Grant a user administrator rights on the site, or revoke them with --off."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--off", action="store_true", help="revoke the rights")

    def handle(self, *args: Any, name: str, off: bool, **options: Any) -> None:
        user = user_by_name(name)
        with refusals_as_errors():
            set_staff(user, is_staff=not off)
        self.stdout.write(f"{user.username} is {'no longer' if off else 'now'} an administrator.")
