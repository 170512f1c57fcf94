"""Registration of OAuth and OpenID Connect applications."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client
from django.utils.translation import gettext as _

from apps.core.errors import ValidationFailed

from ..oauth import SCOPES

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def create_application(
    name: str,
    *,
    redirect_uris: Sequence[str],
    scopes: Sequence[str] = ("openid", "profile"),
    is_public: bool = False,
    client_id: str = "",
) -> tuple[Client, str]:
    """Register an application and return it with its secret, which cannot be read again later.

    redirect_uris  http is allowed for loopback addresses only
    is_public      for applications that cannot keep a secret; theirs is empty
    raises         ValidationFailed
    """
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ValidationFailed(
            _("Unknown scope %(scope)s. Available scopes: %(known)s.")
            % {"scope": unknown[0], "known": ", ".join(SCOPES)}
        )
    if not redirect_uris:
        raise ValidationFailed(_("At least one redirect URI is required."))
    for uri in redirect_uris:
        _check_redirect(uri)
    if client_id and Client.objects.filter(pk=client_id).exists():
        raise ValidationFailed(
            _("An application with the client ID %(id)s already exists.") % {"id": client_id}
        )
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
    is_plain_elsewhere = parts.scheme == "http" and host not in (*LOOPBACK_HOSTS, "::1")
    if (
        not parts.scheme
        or parts.fragment
        or "*" in uri
        or any(c.isspace() for c in uri)
        or (not host and "." not in parts.scheme)
    ):
        raise ValidationFailed(_("%(uri)s isn't a valid redirect URI.") % {"uri": uri[:200]})
    if is_plain_elsewhere:
        raise ValidationFailed(_("The redirect URI %(uri)s must use HTTPS.") % {"uri": uri[:200]})
