"""manage.py reindex: derive repositories from their files again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.registry.contents.services.derive import refresh_derived
from apps.registry.repos.addresses import Address
from apps.registry.repos.models import Repo


class Command(BaseCommand):
    help = (
        "Read the cards, tags, sizes and counts of repositories from their files again. "
        "Without an address, of all repositories."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", nargs="*", help="owner/name or datasets/owner/name")

    def handle(self, *arguments: Any, **options: Any) -> None:
        rows = self.find(options["address"]) if options["address"] else self.all_repos()
        done = failed = 0
        for repo in rows:
            try:
                refresh_derived(repo)
                done += 1
            except Exception as error:
                failed += 1
                self.stderr.write(f"{repo.address}: {error}")
        self.stdout.write(f"{done} repositories indexed, {failed} failed.")
        if failed:
            raise CommandError("Some repositories could not be indexed.")

    def find(self, addresses: list[str]) -> list[Repo]:
        rows = []
        for text in addresses:
            try:
                address = Address.parse(text)
                key = address.id.casefold()
                rows.append(
                    Repo.objects.select_related("namespace").get(
                        kind=address.kind, address_key=key, deleted_at=None
                    )
                )
            except (ValueError, Repo.DoesNotExist):
                raise CommandError(f"Repository {text} not found.") from None
        return rows

    def all_repos(self) -> Any:
        return (
            Repo.objects.select_related("namespace")
            .filter(deleted_at=None)
            .order_by("pk")
            .iterator(chunk_size=200)
        )
