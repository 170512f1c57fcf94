"""Words for what a program asks."""

from __future__ import annotations

from allauth.idp.oidc.models import Client
from django import template

from ..oauth import device_scope_names, scope_words

register = template.Library()


@register.filter
def device_scopes(client: Client, user_code: str) -> dict[str, str]:
    """Return in words what the program behind a device code asks for."""
    return scope_words(device_scope_names(client, user_code))
