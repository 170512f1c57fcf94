"""What every page may say about the site itself."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict:
    return {
        "site_name": settings.SITE_NAME,
        "site_sentence": settings.SITE_SENTENCE,
        "site_version": settings.VERSION,
        "actor": getattr(request, "actor", None),
        "sign_up_open": settings.SIGN_UP,
        "endpoint": settings.PUBLIC_URL,
    }
