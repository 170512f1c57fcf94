"""Signed, expiring words: what authorises itself where a client sends no credentials."""

from __future__ import annotations

import time

from django.core import signing

from .errors import Forbidden


def sign(facts: object, *, purpose: str, seconds: int) -> str:
    """Return URL-safe text that proves the JSON-able facts until it expires."""
    return signing.dumps([int(time.time()) + seconds, facts], salt=f"banyan.{purpose}")


def unsign(word: str, *, purpose: str) -> object:
    """Return the facts of a signed word.

    raises  Forbidden if it was changed, made for another purpose, or is over
    """
    try:
        expires, facts = signing.loads(word, salt=f"banyan.{purpose}")
    except (signing.BadSignature, ValueError, TypeError):
        raise Forbidden("This address is not valid.", code="BadSignature") from None
    if expires < time.time():
        raise Forbidden("This address has expired.", code="Expired")
    return facts
