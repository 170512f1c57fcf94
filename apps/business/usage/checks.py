"""System check: no setting allows nothing by mistake."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning


def warn_of_zero(app_configs: object = None, **options: Any) -> list[CheckMessage]:
    """Warn of limits of 0, which meant no limit in former versions."""
    return [
        Warning(
            f"The site's limit for {meter} is 0: all without a limit of their own are refused.",
            hint="Leave the setting empty for no limit (docs/settings.md).",
            id="usage.W001",
        )
        for meter, limit in settings.USAGE_LIMITS.items()
        if limit == 0
    ]
