"""Programs that people can sign in to with their account here (OAuth, OpenID Connect)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client
from django.utils.translation import gettext as _

from apps.core.errors import Invalid

from ..oauth import SCOPES

LOCAL = ("localhost", "127.0.0.1", "[::1]")


def create_application(
    name: str,
    *,
    redirect_uris: Sequence[str],
    scopes: Sequence[str] = ("openid", "profile"),
    is_public: bool = False,
    client_id: str = "",
) -> tuple[Client, str]:
    """Register a program and return it with its secret, shown this once; one that runs in browsers or on desks has none.

    redirect_uris  where people may be sent back to; over plain http only on their own machine
    raises         Invalid
    """
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Invalid(
            _("There is no scope %(scope)s. Choose from %(known)s.")
            % {"scope": unknown[0], "known": ", ".join(SCOPES)}
        )
    if not redirect_uris:
        raise Invalid(_("Name at least one address that people are sent back to."))
    for uri in redirect_uris:
        _check_redirect(uri)
    if client_id and Client.objects.filter(pk=client_id).exists():
        raise Invalid(_("There is a program with the id %(id)s already.") % {"id": client_id})
    application = Client(name=name[:100], type=Client.Type.PUBLIC if is_public else Client.Type.CONFIDENTIAL)
    if client_id:
        application.id = client_id
    application.set_redirect_uris(list(redirect_uris))
    application.set_scopes(list(scopes))
    application.set_default_scopes(list(scopes))
    application.set_grant_types([Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN])
    secret = "" if is_public else secrets.token_urlsafe(32)
    if secret:
        application.set_secret(secret)
    application.save()
    return application, secret


def _check_redirect(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    is_plain_elsewhere = parts.scheme == "http" and host not in (*LOCAL, "::1")
    if (
        not parts.scheme
        or parts.fragment
        or "*" in uri
        or any(c.isspace() for c in uri)
        or (not host and "." not in parts.scheme)
    ):
        raise Invalid(_("%(uri)s is not an address that people can be sent back to.") % {"uri": uri[:200]})
    if is_plain_elsewhere:
        raise Invalid(_("People can be sent back to %(uri)s only over https.") % {"uri": uri[:200]})
