"""Signed, expiring URL tokens for requests without credentials."""

from __future__ import annotations

import time

from django.core import signing

from .errors import Forbidden


class BadSignature(Forbidden):
    """The token of a signed URL was altered, or serves another purpose."""

    code = "BadSignature"
    default = "This URL is not valid."


class UrlExpired(Forbidden):
    """A signed URL is too old."""

    code = "Expired"
    title = "URL expired"
    default = "This URL has expired."


def sign(facts: object, *, purpose: str, seconds: int) -> str:
    """Return a URL-safe token that carries JSON-serializable facts until it expires."""
    return signing.dumps([int(time.time()) + seconds, facts], salt=f"banyan.{purpose}")


def unsign(token: str, *, purpose: str) -> object:
    """Return the facts of a signed token.

    raises  BadSignature, UrlExpired
    """
    try:
        expires, facts = signing.loads(token, salt=f"banyan.{purpose}")
    except (signing.BadSignature, ValueError, TypeError):
        raise BadSignature from None
    if expires < time.time():
        raise UrlExpired
    return facts
