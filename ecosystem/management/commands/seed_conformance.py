"""Create the accounts that a client's own test suite expects."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.core.management.refusals import refusals_as_errors
from apps.users.accounts.models import (
    AccessToken,
    Membership,
    Namespace,
    NamespaceKind,
    Role,
    TokenRole,
    User,
    token_hash,
)
from apps.users.accounts.roles import HUB_ROLES
from apps.users.accounts.services import create_namespace, create_person, issue_token

ROLES_BY_HUB_NAME = {name: role for role, name in HUB_ROLES.items()}
TOKEN_NAME = "conformance"


class Command(BaseCommand):
    help = (
        "Create the users, organizations and tokens of a client's test suite, as listed in the JSON file "
        "HFHUB_ACCOUNTS. Existing ones are completed, never removed. The tokens are public: never run this "
        "on a real site."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--yes", action="store_true", help="run without DEBUG")

    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        if not (yes or settings.DEBUG or settings.TESTING):
            raise CommandError(
                "This creates accounts with publicly known tokens. Pass --yes if this is not a real site."
            )
        accounts = read_accounts(os.environ.get("HFHUB_ACCOUNTS", ""))
        try:
            with refusals_as_errors(), transaction.atomic():
                organizations = {facts["name"]: self._organization(facts) for facts in accounts["orgs"]}
                for facts in accounts["users"]:
                    self._person(facts, organizations)
        except (KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"The accounts file is incomplete: {error!r}") from None

    def _organization(self, facts: dict[str, Any]) -> Namespace:
        namespace = Namespace.objects.filter(key=facts["name"].casefold()).first()
        if namespace is None:
            namespace = create_namespace(facts["name"], kind=NamespaceKind.ORGANIZATION, is_checked=False)
            self.stdout.write(f"Created the organization {namespace.name}.")
        elif not namespace.is_organization:
            raise CommandError(f"{namespace.name} already exists as a user.")
        namespace.full_name = facts.get("fullname", namespace.full_name)
        namespace.is_private_by_default = bool(
            facts.get("private_by_default", namespace.is_private_by_default)
        )
        namespace.save(update_fields=["full_name", "is_private_by_default"])
        return namespace

    def _person(self, facts: dict[str, Any], organizations: dict[str, Namespace]) -> None:
        name = facts["name"]
        user = User.objects.select_related("namespace").filter(namespace__key=name.casefold()).first()
        if user is None:
            email, full_name = facts.get("email", f"{name}@example.com"), facts.get("fullname", "")
            user = create_person(
                name, email=email, password=facts.get("password"), full_name=full_name, is_checked=False
            )
            self.stdout.write(f"Created {user.username}.")
        self._token(user, facts["token"])
        for organization, word in facts.get("orgs", {}).items():
            self._membership(user, organizations[organization], ROLES_BY_HUB_NAME[word])

    def _token(self, user: User, raw: str) -> None:
        token = AccessToken.objects.filter(hash=token_hash(raw)).first()
        if token is None:
            issue_token(user, name=TOKEN_NAME, role=TokenRole.WRITE, raw=raw)
            self.stdout.write(f"Created the token of {user.username}.")
        elif token.user_id != user.pk:
            raise CommandError(f"The token of {user.username} already belongs to another user.")

    def _membership(self, user: User, namespace: Namespace, role: Role) -> None:
        _row, is_new = Membership.objects.update_or_create(
            namespace=namespace, user=user, defaults={"role": role}
        )
        if is_new:
            self.stdout.write(f"Added {user.username} to {namespace.name} as {HUB_ROLES[role]}.")


def read_accounts(path: str) -> dict[str, list[dict[str, Any]]]:
    """Return the users and organizations of an accounts file.

    raises  CommandError
    """
    if not path:
        raise CommandError("HFHUB_ACCOUNTS must be the path of a JSON file.")
    try:
        accounts = json.loads(Path(path).read_text())
        return {"users": list(accounts["users"]), "orgs": list(accounts["orgs"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"Cannot read the accounts file {path}: {error}") from None
