"""Template context of every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.actor import ANONYMOUS


def site(request: HttpRequest) -> dict[str, Any]:
    """Return site facts and the actor; anonymous for OAuth applications, whose scopes pages don't check."""
    actor = getattr(request, "actor", ANONYMOUS)
    return {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_version": settings.VERSION,
        "actor": ANONYMOUS if actor.is_application else actor,
        "sign_up_open": settings.SIGN_UP,
        "endpoint": settings.PUBLIC_URL,
    }
