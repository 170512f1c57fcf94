"""Set a one-time password."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.users.accounts.management.helpers import user_by_name
from apps.users.accounts.services import set_one_time_password


class Command(BaseCommand):
    help = (
        "Set and print a one-time password, to be replaced at the next sign-in. All sessions of the user end."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = user_by_name(name)
        password = set_one_time_password(user)
        self.stdout.write(f"One-time password for {user.username}:")
        self.stdout.write(password)
