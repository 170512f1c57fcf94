"""Links of the site that lead to a new repository."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import NavigationEntry, Place, signed_in

NAVIGATION = [
    NavigationEntry(
        label=_("New model"),
        path="/new",
        icon="model",
        places={Place.ACCOUNT: 210, Place.PALETTE: 120},
        is_shown=signed_in,
    ),
    NavigationEntry(
        label=_("New dataset"),
        path="/new-dataset",
        icon="dataset",
        places={Place.ACCOUNT: 220, Place.PALETTE: 130},
        is_shown=signed_in,
    ),
]
