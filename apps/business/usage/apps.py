"""Metered usage and its limits."""

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning, register


class UsageConfig(AppConfig):
    name = "apps.business.usage"
    label = "usage"

    def ready(self) -> None:
        from apps.users.accounts.hooks import on_namespace_removal

        from .gauges import Gauge, register_gauge
        from .meters import Meter
        from .selectors import avatar_bytes, stored_total
        from .services import forget_namespace

        on_namespace_removal(forget_namespace)
        register_gauge(Gauge(Meter.STORAGE_BYTES, stored_total))
        register_gauge(Gauge(Meter.STORAGE_BYTES, avatar_bytes))
        register(warn_of_zero)


def warn_of_zero(**options: object) -> list[CheckMessage]:
    """Warn of settings that allow nothing: 0 was no limit in former versions."""
    from django.conf import settings

    from .meters import Meter

    return [
        Warning(
            f"The site's limit for {Meter(name).value} is 0: all without a limit of their own are refused.",
            hint="Leave the setting empty for no limit (docs/settings.md).",
            id="usage.W001",
        )
        for name, limit in settings.USAGE_LIMITS.items()
        if limit == 0
    ]
