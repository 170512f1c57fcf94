"""The bell in the header, and the settings."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.declaration import NavigationEntry, Place, signed_in


def entries(unread_count: Callable[[Actor], int]) -> list[NavigationEntry]:
    """Return the links; the bell shows the count."""
    bell = NavigationEntry(
        label=_("Notifications"),
        path="/notifications",
        icon="bell",
        keys="g i",
        places={Place.TOOLS: 10, Place.ACCOUNT: 115, Place.PALETTE: 115},
        is_shown=signed_in,
        count=unread_count,
    )
    settings = NavigationEntry(
        label=_("Notifications"), path="/settings/notifications", icon="bell", places={Place.SETTINGS: 25}
    )
    return [bell, settings]
