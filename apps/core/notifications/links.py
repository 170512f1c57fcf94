"""Links in mail that work without signing in: they only ever turn mail off."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from apps.core.signing import BadSignature, sign, unsign

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
