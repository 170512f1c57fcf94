"""Accounts: people, organisations, tokens, sign-in; makes the Actor of each request."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.users.accounts"
    label = "accounts"
