"""Accounts: people, organisations, tokens, sign-in; makes the Actor of each request."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.users.accounts"
    label = "accounts"

    def ready(self) -> None:
        from apps.core.cors import open_to_pages

        open_to_pages(serves_programs)


def serves_programs(path: str) -> bool:
    """Return whether a program signs people in at this path by itself; the pages of consent are not among them."""
    return path in ("/.well-known/openid-configuration", "/oauth/jwks.json", "/oauth/token", "/oauth/userinfo", "/oauth/revoke")
