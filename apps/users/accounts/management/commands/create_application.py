"""Register a program that people sign in to with their account here."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.users.accounts.management.finding import refusals_as_errors
from apps.users.accounts.oauth import SCOPES
from apps.users.accounts.services.applications import create_application


class Command(BaseCommand):
    help = "Register a program for OAuth 2 and OpenID Connect. Its id is printed, and its secret last; the secret is shown this once."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="shown to people when they are asked to let it in")
        parser.add_argument(
            "--redirect-uri",
            action="append",
            required=True,
            metavar="URI",
            help="where people may be sent back to",
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=sorted(SCOPES),
            help="what it may ask for (openid and profile)",
        )
        parser.add_argument(
            "--public",
            action="store_true",
            help="it runs in browsers or on people's machines and cannot keep a secret",
        )
        parser.add_argument("--id", default="", help="client id; without it one is made")

    def handle(
        self,
        *args: Any,
        name: str,
        redirect_uri: list[str],
        scope: list[str] | None,
        public: bool,
        **options: Any,
    ) -> None:
        with refusals_as_errors():
            application, secret = create_application(
                name,
                redirect_uris=redirect_uri,
                scopes=scope or ["openid", "profile"],
                is_public=public,
                client_id=options["id"],
            )
        self.stdout.write(f"Registered {application.name}. Client id:")
        self.stdout.write(application.id)
        if secret:
            self.stdout.write("Client secret:")
            self.stdout.write(secret)
