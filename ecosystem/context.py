"""What every page may say about the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.actor import ANONYMOUS


def site(request: HttpRequest) -> dict[str, Any]:
    """A page that an OAuth application fetches names no person: it may know less of them than their own browser shows."""
    actor = getattr(request, "actor", ANONYMOUS)
    return {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_version": settings.VERSION,
        "actor": ANONYMOUS if actor.is_application else actor,
        "sign_up_open": settings.SIGN_UP,
        "endpoint": settings.PUBLIC_URL,
    }
