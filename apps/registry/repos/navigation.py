"""Links of the site that lead to repositories."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import NavigationEntry, Place, signed_in

NAVIGATION = [
    NavigationEntry(
        label=_("Models"),
        path="/models",
        icon="model",
        keys="g m",
        places={Place.HEADER: 10, Place.MENU: 10, Place.PALETTE: 10},
    ),
    NavigationEntry(
        label=_("Datasets"),
        path="/datasets",
        icon="dataset",
        keys="g d",
        places={Place.HEADER: 20, Place.MENU: 20, Place.PALETTE: 20},
    ),
    NavigationEntry(
        label=_("Applications"),
        short_label=_("Apps"),
        path="/apps",
        icon="space",
        places={Place.HEADER: 30, Place.MENU: 30, Place.PALETTE: 30},
    ),
    NavigationEntry(
        label=_("Kernels"), path="/kernels", icon="kernel", places={Place.MENU: 40, Place.PALETTE: 40}
    ),
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
    NavigationEntry(label=_("Storage"), path="/settings/storage", icon="box", places={Place.SETTINGS: 40}),
]
