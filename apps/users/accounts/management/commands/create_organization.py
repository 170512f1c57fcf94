"""Create an organization."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.management.refusals import refusals_as_errors
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.management.helpers import user_by_name
from apps.users.accounts.models import Namespace, NamespaceKind
from apps.users.accounts.services import create_organization


class Command(BaseCommand):
    help = "Create an organization with its first admin."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--admin", required=True, help="username of its admin")
        parser.add_argument("--full-name", default="", help="shown on the profile")
        parser.add_argument(
            "--exist-ok",
            action="store_true",
            help="succeed without changes if the organization already exists",
        )

    def handle(
        self, *args: Any, name: str, admin: str, full_name: str, exist_ok: bool, **options: Any
    ) -> None:
        if (
            exist_ok
            and Namespace.objects.filter(key=name.casefold(), kind=NamespaceKind.ORGANIZATION).exists()
        ):
            self.stdout.write(f"{name} already exists.")
            return
        with refusals_as_errors():
            namespace = create_organization(
                actor=actor_for_user(user_by_name(admin)), name=name, full_name=full_name
            )
        self.stdout.write(f"Created {namespace.name} with admin {admin}.")
