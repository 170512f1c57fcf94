"""Links and addresses in mail that work without signing in: they turn mail off, or take a reply."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.core.signing import BadSignature, sign, unsign

_TOKEN_CHARACTERS = 32 + 20
PURPOSE, VALID_SECONDS = "unsubscribe", 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """What a link turns off, for one person: mail of a kind, or everything about a target."""

    user_id: int
    kind: str
    target: str = ""


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def unsubscribe_url(user_id: int, kind: str, target: str = "") -> str:
    token = sign([user_id, kind, target], purpose=PURPOSE, seconds=VALID_SECONDS)
    return absolute(f"/notifications/unsubscribe/{token}")


def unsubscription_of(token: str) -> Unsubscription:
    """raises  BadSignature, UrlExpired"""
    match unsign(token, purpose=PURPOSE):
        case [int(user_id), str(kind), str(target)]:
            return Unsubscription(user_id, kind, target)
    raise BadSignature


def reply_address(public_id: UUID) -> str:
    """Return the address that takes replies to a notification; empty if the site takes none."""
    local, _at, domain = settings.REPLY_ADDRESS.partition("@")
    return f"{local}+{public_id.hex}{_signature(public_id)}@{domain}" if domain else ""


def notification_of(address: str) -> UUID | None:
    """Return which notification a reply address belongs to; None for any other address."""
    own_local, _at, own_domain = settings.REPLY_ADDRESS.lower().partition("@")
    local, _at, domain = address.strip().lower().partition("@")
    name, _plus, token = local.partition("+")
    if not own_domain or (name, domain) != (own_local, own_domain) or len(token) != _TOKEN_CHARACTERS:
        return None
    try:
        public_id = UUID(hex=token[:32])
    except ValueError:
        return None
    return public_id if constant_time_compare(token[32:], _signature(public_id)) else None


def _signature(public_id: UUID) -> str:
    # lower case hex: mail servers may change case; short: a local part has at most 64 characters
    return salted_hmac("banyan.reply", public_id.hex, algorithm="sha256").hexdigest()[:20]
