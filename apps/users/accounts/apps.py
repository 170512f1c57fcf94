"""Accounts: people, organisations, tokens, sign-in; makes the Actor of each request."""

from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.users.accounts"
    label = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import email_confirmed

        from apps.core.cors import allow_cross_origin

        allow_cross_origin(serves_applications)
        email_confirmed.connect(release_confirmed, dispatch_uid="accounts.release_confirmed")


def release_confirmed(sender: object, email_address: Any, **facts: object) -> None:
    """Take an address that its owner has confirmed away from whoever else gave it."""
    from .services.recovery import release_address

    release_address(email_address)


def serves_applications(path: str) -> bool:
    """Return whether a program signs people in at this path by itself; the pages of consent are not among them."""
    return path in (
        "/.well-known/openid-configuration",
        "/oauth/jwks.json",
        "/oauth/token",
        "/oauth/userinfo",
        "/oauth/revoke",
    )
