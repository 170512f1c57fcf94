"""Links of the site that lead to the package index."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import NavigationEntry, Place

NAVIGATION = [
    NavigationEntry(
        label=_("Tools"),
        path="/tools",
        icon="box",
        keys="g o",
        places={Place.HEADER: 60, Place.MENU: 60, Place.PALETTE: 60},
    ),
    NavigationEntry(
        label=_("Packages"),
        path="/settings/packages",
        icon="box",
        places={Place.SETTINGS: 45},
    ),
]
