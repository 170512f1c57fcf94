"""Enable or disable an account."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.management.refusals import refusals_as_errors
from apps.users.accounts.management.helpers import user_by_name
from apps.users.accounts.services import set_active


class Command(BaseCommand):
    help = (
        "Enable an account, or disable it with --off: it can no longer sign in and its tokens are rejected. "
        "Nothing is deleted."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--off", action="store_true", help="disable the account")

    def handle(self, *args: Any, name: str, off: bool, **options: Any) -> None:
        user = user_by_name(name)
        with refusals_as_errors():
            set_active(user, is_active=not off)
        self.stdout.write(f"{'Disabled' if off else 'Enabled'} the account of {user.username}.")
