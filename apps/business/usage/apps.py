"""Usage: meters, limits and quota checks."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "apps.business.usage"
    label = "usage"

    def ready(self) -> None:
        from apps.users.accounts.hooks import on_namespace_removal

        from .services import forget_namespace

        on_namespace_removal(forget_namespace)
