"""List users."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from apps.users.accounts.models import User


class Command(BaseCommand):
    help = "List users: name, email, date joined, last sign-in, organizations, whether staff or disabled."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = User.objects.annotate(organizations=Count("memberships")).order_by("namespace__key")
        for user in rows.iterator(chunk_size=500):
            seen = f"{user.last_login:%Y-%m-%d}" if user.last_login else "never"
            flags = [
                word for word, is_so in (("staff", user.is_staff), ("disabled", not user.is_active)) if is_so
            ]
            facts = (
                user.username,
                user.email or "-",
                f"{user.date_joined:%Y-%m-%d}",
                seen,
                f"{user.organizations} organizations",
                *flags,
            )
            self.stdout.write("\t".join(facts))
