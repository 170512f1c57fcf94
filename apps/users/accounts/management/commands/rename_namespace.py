"""Rename a person or an organization."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.management.refusals import refusals_as_errors
from apps.users.accounts.services import rename_as_operator


class Command(BaseCommand):
    help = "Rename a person or organization, with its repositories; the old name leads to the new one."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("new_name")

    def handle(self, *args: Any, name: str, new_name: str, **options: Any) -> None:
        with refusals_as_errors():
            namespace = rename_as_operator(name=name, new_name=new_name)
        self.stdout.write(f"{name} is now {namespace.name}.")
