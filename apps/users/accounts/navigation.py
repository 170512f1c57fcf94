"""Links of the site that lead to one's account."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.declaration import NavigationEntry, Place, anonymous, signed_in


def own_profile(actor: Actor) -> str:
    return f"/{actor.name}"


def can_sign_up(actor: Actor) -> bool:
    return settings.SIGN_UP and not actor.is_signed_in


MENUS = [
    NavigationEntry(
        label=_("Profile"),
        path=own_profile,
        icon="person",
        places={Place.ACCOUNT: 110, Place.PALETTE: 110},
        is_shown=signed_in,
    ),
    NavigationEntry(
        label=_("New organization"),
        path="/organizations/new",
        icon="organization",
        places={Place.ACCOUNT: 230},
    ),
    NavigationEntry(
        label=_("Settings"),
        path="/settings",
        icon="settings",
        places={Place.ACCOUNT: 310, Place.PALETTE: 150},
        is_shown=signed_in,
    ),
    NavigationEntry(
        label=_("Access tokens"),
        path="/settings/tokens",
        icon="key",
        places={Place.ACCOUNT: 320, Place.PALETTE: 140, Place.SETTINGS: 50},
        is_shown=signed_in,
    ),
    NavigationEntry(
        label=_("Sign in"),
        path="/login",
        icon="person",
        places={Place.MENU: 110, Place.PALETTE: 110},
        is_shown=anonymous,
    ),
    NavigationEntry(
        label=_("Sign up"), path="/signup", icon="plus", places={Place.MENU: 120}, is_shown=can_sign_up
    ),
]
SETTINGS = [
    NavigationEntry(label=label, path=path, icon=icon, places={Place.SETTINGS: order})
    for order, label, path, icon in (
        (10, _("Public profile"), "/settings/profile", "person"),
        (20, _("Preferences"), "/settings/preferences", "settings"),
        (30, _("Organizations"), "/settings/organizations", "organization"),
    )
]
SECURITY = [
    NavigationEntry(label=label, path=path, icon=icon, places={Place.SECURITY: order})
    for order, label, path, icon in (
        (10, _("Email addresses"), "/settings/emails", "mail"),
        (20, _("Password"), "/settings/password", "lock"),
        (30, _("Two-factor authentication"), "/mfa", "shield"),
        (40, _("Sessions"), "/sessions", "terminal"),
        (50, _("Account"), "/settings/account", "trash"),
    )
]
NAVIGATION = [*MENUS, *SETTINGS, *SECURITY]
