"""End all tokens of a person."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.users.accounts.management.finding import person_named
from apps.users.accounts.services import revoke_tokens_of


class Command(BaseCommand):
    help = "End all access tokens of a person, and what programs hold on their behalf. Keys of jobs and workers stay."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = person_named(name)
        self.stdout.write(f"Ended {revoke_tokens_of(user)} tokens of {user.username}.")
