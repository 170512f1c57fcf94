"""Entity tags and the conditions that name them."""

from __future__ import annotations

from hashlib import sha256


def etag_of(content: bytes) -> str:
    """Return the entity tag of a response's content."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def matches_etag(condition: str | None, tag: str) -> bool:
    """Return whether an If-Match or If-None-Match header names an entity tag.

    tag     empty if there is nothing to match
    source  RFC 9110 section 13.1; compressing proxies add the W/ that is ignored here
    """
    if not condition or not tag:
        return False
    named = {one.strip().removeprefix("W/") for one in condition.split(",")}
    return "*" in named or tag in named
