"""Helpers of management commands: user lookup."""

from __future__ import annotations

from django.core.management.base import CommandError

from ..models import User


def user_by_name(name: str) -> User:
    """Return a user by name, case-insensitively.

    raises  CommandError
    """
    user = User.objects.select_related("namespace").filter(namespace__key=name.casefold()).first()
    if user is None:
        raise CommandError(f"There is no user named {name}. Run `manage.py list_users` to list them.")
    return user
