"""The bell in the header, and the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import NavigationEntry, Place, signed_in

from .selectors import unread_count

NAVIGATION = [
    NavigationEntry(
        label=_("Notifications"),
        path="/notifications",
        icon="bell",
        keys="g i",
        places={Place.TOOLS: 10, Place.ACCOUNT: 120, Place.PALETTE: 120},
        is_shown=signed_in,
        count=unread_count,
    ),
    NavigationEntry(
        label=_("Notifications"),
        path="/settings/notifications",
        icon="bell",
        places={Place.SETTINGS: 25},
    ),
]
