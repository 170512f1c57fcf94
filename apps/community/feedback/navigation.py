"""Links of the site that lead to feedback."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import NavigationEntry, Place

NAVIGATION = [
    NavigationEntry(
        label=_("Feedback"),
        path="/feedback",
        icon="spark",
        keys="g i",
        places={Place.HEADER: 80, Place.MENU: 80, Place.PALETTE: 80},
    ),
    NavigationEntry(
        label=_("Changelog"),
        path="/feedback/changelog",
        icon="history",
        places={Place.MENU: 81, Place.PALETTE: 81},
    ),
]
