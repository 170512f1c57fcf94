"""Template filters for accounts: scopes of a device code, names of browsers."""

from __future__ import annotations

from allauth.idp.oidc.models import Client
from django import template

from apps.core.web import browsers

from ..oauth import device_scope_names, scope_descriptions

register = template.Library()


@register.filter
def device_scopes(client: Client, user_code: str) -> dict[str, str]:
    """Return the scopes requested with a device code, each with its description."""
    return scope_descriptions(device_scope_names(client, user_code))


@register.filter
def browser_label(user_agent: str) -> str:
    return browsers.browser_label(user_agent)
