"""Signed, expiring URL tokens for requests without credentials."""

from __future__ import annotations

import time

from django.core import signing

from .errors import Forbidden


def sign(facts: object, *, purpose: str, seconds: int) -> str:
    """Return a URL-safe token that carries JSON-serializable facts until it expires."""
    return signing.dumps([int(time.time()) + seconds, facts], salt=f"banyan.{purpose}")


def unsign(token: str, *, purpose: str) -> object:
    """Return the facts of a signed token.

    raises  Forbidden if it was altered, has expired or serves another purpose
    """
    try:
        expires, facts = signing.loads(token, salt=f"banyan.{purpose}")
    except (signing.BadSignature, ValueError, TypeError):
        raise Forbidden("This URL is not valid.", code="BadSignature") from None
    if expires < time.time():
        raise Forbidden("This URL has expired.", code="Expired")
    return facts
