"""manage.py restore_repo: restore a deleted repository."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from apps.core.actor import Actor, ActorKind, Need, Scope
from apps.core.errors import Refusal
from apps.registry.repos.addresses import Address
from apps.registry.repos.models import Repo
from apps.registry.repos.services.delete import GRACE, restore_repo


class Command(BaseCommand):
    help = "Restore a deleted repository within 30 days. Without an address, list those that can be restored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "address", nargs="?", help="owner/name or datasets/owner/name, or the id from the list"
        )
        parser.add_argument("--name", default="", help="new name, if the old one is taken")

    def handle(self, *arguments: Any, address: str | None, name: str, **options: Any) -> None:
        rows = (
            Repo.objects.select_related("namespace").filter(deleted_at__isnull=False).order_by("-deleted_at")
        )
        if not address:
            for repo in rows.iterator(chunk_size=200):
                until = (repo.deleted_at or repo.updated_at) + timedelta(days=GRACE.days)
                self.stdout.write(
                    f"{repo.pk}  {repo.address}  deleted {repo.deleted_at:%Y-%m-%d %H:%M}, "
                    f"kept until {until:%Y-%m-%d}"
                )
            return
        found = self.find(rows, address)
        operator = Actor(
            ActorKind.PERSON, name="operator", roles={found.namespace_id: Need.ADMIN}, scope=Scope.all()
        )
        try:
            repo = restore_repo(actor=operator, repo_id=found.pk, name=name)
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{repo.address} restored.")

    def find(self, rows: QuerySet[Repo], text: str) -> Repo:
        """Return the repository with an id, or the most recently deleted one with an address."""
        try:
            address = Address.parse(text)
        except ValueError:
            matching: Iterable[Repo] = [repo for repo in rows if str(repo.pk) == text]
        else:
            matching = rows.filter(kind=address.kind, address_key=address.id.casefold())[:1]
        for repo in matching:
            return repo
        raise CommandError(f"Deleted repository {text} not found.")
