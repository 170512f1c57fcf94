"""Register an OAuth application."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.management.refusals import refusals_as_errors
from apps.users.accounts.oauth import SCOPES
from apps.users.accounts.services.applications import create_application


class Command(BaseCommand):
    help = (
        "Register an OAuth 2 / OpenID Connect application and print its client ID and secret. "
        "The secret is not shown again."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="name shown on the consent page")
        parser.add_argument(
            "--redirect-uri",
            action="append",
            required=True,
            metavar="URI",
            help="allowed redirect URI; may be repeated",
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=sorted(SCOPES),
            help="allowed scope; may be repeated (default: openid and profile)",
        )
        parser.add_argument(
            "--public",
            action="store_true",
            help="public client without a secret, such as a browser or desktop application",
        )
        parser.add_argument("--id", default="", help="client ID (default: generated)")

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
        self.stdout.write(f"Registered {application.name}. Client ID:")
        self.stdout.write(application.id)
        if secret:
            self.stdout.write("Client secret:")
            self.stdout.write(secret)
