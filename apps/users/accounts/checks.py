"""System check: no name of a person or organization is in the way of a path of the site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning

from .selectors import unreachable_names

HINT = "`manage.py rename_namespace NAME NEW-NAME` moves a profile with all that it owns."


def check_reserved_names(
    app_configs: object, databases: Sequence[str] | None = None, **options: Any
) -> list[CheckMessage]:
    """Warn of profiles whose address became a path of the site, such as that of a new app."""
    names = unreachable_names() if databases else []
    if not names:
        return []
    message = (
        f"These profiles cannot be opened, because their names are paths of the site: {', '.join(names)}."
    )
    return [Warning(message, hint=HINT, id="accounts.W001")]
