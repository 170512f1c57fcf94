"""Identity tokens of OpenID providers that the operator allows: their keys, and what they claim."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Any, cast

import requests
import structlog
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from apps.core.cache import CachedValue

from ..errors import TokenRequestRefused

log = structlog.get_logger(__name__)
# signatures with a secret, and none at all, are no proof
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
TOKEN_LIMIT_CHARACTERS, DOCUMENT_LIMIT_BYTES, FETCH_SECONDS = 20_000, 512 << 10, 5
LEEWAY_SECONDS, LIFETIME_LIMIT_SECONDS = 30, 24 * 3600
KEYS = CachedValue("issuer-keys", str, seconds=600)
USED = CachedValue("identity-token", int, seconds=LIFETIME_LIMIT_SECONDS)


def claims_of(token: str, *, audience: str) -> dict[str, Any]:
    """Return the claims of an identity token, which is good for one exchange.

    raises  TokenRequestRefused
    """
    issuer = _unverified_issuer(token)
    if issuer not in settings.PACKAGES_OIDC_ISSUERS:
        raise TokenRequestRefused(f"The issuer {issuer[:200]!r} is not allowed on this site.")
    claims = _decoded(token, issuer)
    _check(claims, issuer, audience)
    _use_once(token)
    return claims


def _unverified_issuer(token: str) -> str:
    """Return the issuer that a token names, which says whose keys have to prove it."""
    parts = token.split(".")
    if len(token) > TOKEN_LIMIT_CHARACTERS or len(parts) != 3:
        raise TokenRequestRefused("The identity token is not a signed JWT.")
    try:
        payload = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return str(payload["iss"]).rstrip("/")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TokenRequestRefused("The identity token can't be read.") from None


def _decoded(token: str, issuer: str) -> dict[str, Any]:
    """Return the claims of a token that one of the issuer's keys has signed; new keys are fetched once."""
    for is_fresh in (False, True):
        keys = _keys_of(issuer, is_fresh=is_fresh)
        try:
            return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            log.info("packages.identity_token_refused", issuer=issuer, error=type(error).__name__)
    raise TokenRequestRefused("The signature of the identity token is not that of its issuer.")


def _keys_of(issuer: str, *, is_fresh: bool) -> KeySet:
    text = None if is_fresh else KEYS.get(issuer)
    if text is None:
        document = _fetch(f"{issuer}/.well-known/openid-configuration")
        if str(document.get("issuer", "")).rstrip("/") != issuer:
            raise TokenRequestRefused("The issuer's configuration names another issuer.")
        text = json.dumps(_fetch(str(document.get("jwks_uri", ""))))
        KEYS.set(text, issuer)
    try:
        return KeySet.import_key_set(cast(Any, json.loads(text)))
    except (JoseError, ValueError, KeyError, TypeError):
        raise TokenRequestRefused("The keys of the issuer can't be read.") from None


def _fetch(url: str) -> dict[str, Any]:
    """Return a JSON document of an allowed issuer; redirects are not followed."""
    try:
        with requests.get(url, timeout=FETCH_SECONDS, allow_redirects=False, stream=True) as response:
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            content = response.raw.read(DOCUMENT_LIMIT_BYTES + 1, decode_content=True)
            if len(content) > DOCUMENT_LIMIT_BYTES:
                raise ValueError("the document is too large")
            document = json.loads(content)
    except (requests.RequestException, OSError, ValueError, RecursionError) as error:
        log.warning("packages.issuer_unreachable", url=url, error=str(error))
        raise TokenRequestRefused("The keys of the issuer can't be fetched. Try again later.") from None
    if not isinstance(document, dict):
        raise TokenRequestRefused("The keys of the issuer can't be read.")
    return document


def _check(claims: dict[str, Any], issuer: str, audience: str) -> None:
    """Check issuer, audience and times.

    source  RFC 7519 section 4.1
    """
    audiences = claims.get("aud")
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise TokenRequestRefused(f"The identity token is for another audience; use {audience!r}.")
    now = time.time()
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(starts, int | float):
        raise TokenRequestRefused("The identity token does not say when it expires.")
    if expires < now - LEEWAY_SECONDS or starts > now + LEEWAY_SECONDS:
        raise TokenRequestRefused("The identity token has expired, or is not valid yet.")
    if expires > now + LIFETIME_LIMIT_SECONDS:
        raise TokenRequestRefused("The identity token is valid for too long.")
    if str(claims.get("iss", "")).rstrip("/") != issuer or not claims.get("sub"):
        raise TokenRequestRefused("The identity token has no issuer or subject.")


def _use_once(token: str) -> None:
    if not USED.add(1, sha256(token.encode()).hexdigest()):
        raise TokenRequestRefused("The identity token was used before.", reason="invalid-reuse-token")
