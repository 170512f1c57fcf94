"""OAuth 2 and OpenID Connect: scopes, the built-in client of the CLI, the signing key."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from allauth.idp.oidc.internal.oauthlib import device_codes
from allauth.idp.oidc.models import Client, Token
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Scope

from .models import User
from .scopes import SCOPE_NEEDS, OAuthScope

SCOPES: dict[str, Any] = {
    OAuthScope.OPENID: _("Identify your account"),
    OAuthScope.PROFILE: _("Read your username, profile and organizations"),
    OAuthScope.EMAIL: _("Read your email address and whether it's confirmed"),
    OAuthScope.READ_REPOS: _("Read your jobs and all repositories you have access to"),
    OAuthScope.CONTRIBUTE_REPOS: _(
        "Read your jobs and all repositories you have access to, and propose changes"
    ),
    OAuthScope.WRITE_REPOS: _(
        "Read your jobs and all repositories you have access to, and change files where you have write access"
    ),
    OAuthScope.MANAGE_REPOS: _("Read your jobs, and create, change and delete repositories on your behalf"),
    OAuthScope.JOBS: _("Start, cancel and retry jobs on your behalf, within its permissions on repositories"),
}
COMMAND_LINE_SCOPES = (
    OAuthScope.OPENID,
    OAuthScope.PROFILE,
    OAuthScope.EMAIL,
    OAuthScope.MANAGE_REPOS,
    OAuthScope.JOBS,
)


def scope_for(names: Iterable[str]) -> Scope:
    """Return what OAuth scopes allow on repositories; without a repository scope, only public ones."""
    granted = set(names)
    needs = [need for scope, need in SCOPE_NEEDS.items() if scope in granted]
    return Scope(limit=max(needs)) if needs else Scope()


def oauth_token(raw: str) -> Token | None:
    """Return the access token of an application if it is valid and the account is active."""
    token = Token.objects.lookup(Token.Type.ACCESS_TOKEN, raw)
    return token if token and token.user and token.user.is_active else None


def has_authorized(user: User, client: Client, scopes: Iterable[str]) -> bool:
    """Return whether an application holds valid tokens of a user that cover all of the scopes."""
    tokens = Token.objects.valid().filter(
        user=user, client=client, type__in=(Token.Type.ACCESS_TOKEN, Token.Type.REFRESH_TOKEN)
    )
    return bool(tokens) and set(scopes) <= {scope for token in tokens for scope in token.get_scopes()}


def command_line_client_id() -> str:
    """Return the client id that `hf auth login` sends: the setting, or the constant of the installed client.

    source  huggingface_hub.constants.DEVICE_CODE_OAUTH_CLIENT_ID
    """
    if settings.DEVICE_CLIENT_ID:
        return str(settings.DEVICE_CLIENT_ID)
    from huggingface_hub import constants

    return str(constants.DEVICE_CODE_OAUTH_CLIENT_ID)


def command_line_client() -> Client:
    """Return the public client of the CLI, created on first use. It may request every scope."""
    facts = {
        "name": "hf",
        "type": Client.Type.PUBLIC,
        "grant_types": "\n".join((Client.GrantType.DEVICE_CODE, Client.GrantType.REFRESH_TOKEN)),
        "scopes": "\n".join(SCOPES),
        "default_scopes": "\n".join(COMMAND_LINE_SCOPES),
    }
    client = Client.objects.get_or_create(id=command_line_client_id(), defaults=facts)[0]
    if (client.scopes, client.default_scopes) != (facts["scopes"], facts["default_scopes"]):
        client.scopes, client.default_scopes = facts["scopes"], facts["default_scopes"]
        client.save(update_fields=["scopes", "default_scopes"])
    return client


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def signing_key() -> str:
    """Return the PEM of the key that signs ID tokens: the setting, or a file created on first use."""
    if settings.OIDC_PRIVATE_KEY:
        return str(settings.OIDC_PRIVATE_KEY)
    file = Path(settings.OIDC_KEY_FILE)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(_new_key())
        # The first process wins: link() never replaces a key that others may already use.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text()


def scope_descriptions(names: Iterable[str]) -> dict[str, str]:
    """Return the description of each known scope."""
    return {name: str(SCOPES[name]) for name in names if name in SCOPES}


def device_scope_names(client: Client, user_code: str) -> list[str]:
    """Return the scopes requested with a device code, or the client's default scopes."""
    device_code = cache.get(device_codes.cache_user_code_key(user_code))
    facts = cache.get(device_codes.cache_device_code_key(device_code)) if device_code else None
    names = facts.get("scope") if isinstance(facts, dict) else None
    return [str(name) for name in names] if isinstance(names, list) and names else client.get_default_scopes()
