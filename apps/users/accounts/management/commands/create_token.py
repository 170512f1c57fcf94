"""Create an access token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.management.helpers import user_by_name
from apps.users.accounts.models import TokenRole
from apps.users.accounts.services import create_access_token, issue_token

ROLES = (TokenRole.READ, TokenRole.WRITE, TokenRole.WORKER)


class Command(BaseCommand):
    help = "Create an access token and print it. It is not shown again. Workers use theirs to claim jobs."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="username of its owner")
        parser.add_argument("--role", choices=[role.value for role in ROLES], default="read")
        parser.add_argument(
            "--token-name",
            default="Created from the command line",
            help="name shown in the settings of its owner",
        )
        parser.add_argument(
            "--expires-days", type=int, default=0, metavar="N", help="days until it expires (default: never)"
        )

    def handle(
        self, *args: Any, name: str, role: str, token_name: str, expires_days: int, **options: Any
    ) -> None:
        if not 0 <= expires_days <= 36500:
            raise CommandError("--expires-days must be between 1 and 36500.")
        user = user_by_name(name)
        ends = timezone.now() + timedelta(days=expires_days) if expires_days else None
        facts: dict[str, Any] = {"name": token_name[:100], "role": TokenRole(role), "expires_at": ends}
        issued = (
            issue_token(user, **facts)
            if role == "worker"
            else create_access_token(actor=actor_for_user(user), **facts)
        )
        self.stdout.write(
            f"Created a {role} token for {user.username}" + (f", expires {ends:%Y-%m-%d}:" if ends else ":")
        )
        self.stdout.write(issued[1])
