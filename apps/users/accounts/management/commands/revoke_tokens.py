"""Revoke all tokens of a user."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.users.accounts.management.helpers import user_by_name
from apps.users.accounts.services import revoke_tokens_of


class Command(BaseCommand):
    help = "Revoke all access tokens and OAuth tokens of a user. Tokens of jobs and workers stay valid."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = user_by_name(name)
        self.stdout.write(f"Revoked {revoke_tokens_of(user)} tokens of {user.username}.")
