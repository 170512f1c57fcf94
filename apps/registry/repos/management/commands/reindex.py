"""Derive cards, tags, sizes and parameter counts again from the files."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from apps.core.errors import Refusal

from ...addresses import Address
from ...models import Repo
from ...services.derive import refresh_derived


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("addresses", nargs="*", metavar="ADDRESS", help="owner/name or datasets/owner/name; all if none is given")

    def handle(self, *args: Any, addresses: list[str], **options: Any) -> None:
        done = failed = 0
        for repo in self._chosen(addresses).iterator(chunk_size=200):
            try:
                refresh_derived(repo)
                done += 1
            except Refusal as refusal:
                failed += 1
                self.stderr.write(f"{repo.address}: {refusal.message}")
        self.stdout.write(f"{done} repositories indexed, {failed} failed.")
        if failed:
            raise CommandError("Some repositories could not be read.")

    def _chosen(self, addresses: list[str]) -> QuerySet[Repo]:
        rows = Repo.objects.select_related("namespace").filter(deleted_at=None).order_by("created_at", "pk")
        if not addresses:
            return rows
        chosen = Repo.objects.none()
        for text in addresses:
            try:
                address = Address.parse(text)
            except ValueError as error:
                raise CommandError(str(error)) from None
            found = rows.filter(kind=address.kind, address_key=address.id.casefold())
            if not found.exists():
                raise CommandError(f"There is no repository {text}.")
            chosen = chosen | found
        return chosen
