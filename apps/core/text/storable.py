"""Text that PostgreSQL and UTF-8 can represent: without NUL and lone surrogates.

The middleware refuses URLs with a NUL. In bodies and files, `clean_text` replaces such characters if the
rest is still useful, and `is_storable` lets a protocol refuse them.
"""

from __future__ import annotations

import re
from typing import Any

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str) -> str:
    """Return text with NUL and lone surrogates replaced, and surrogate pairs joined."""
    if not _UNSTORABLE.search(text):
        return text
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return joined.replace("\0", REPLACEMENT)


def clean_json(value: Any) -> Any:
    """Return a JSON value with clean strings and keys."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(key): clean_json(item) for key, item in value.items()}
    return value


def is_storable(value: Any) -> bool:
    """Return whether no string in a JSON value contains NUL or a lone surrogate."""
    if isinstance(value, str):
        return _UNSTORABLE.search(value) is None
    if isinstance(value, dict):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    return all(map(is_storable, value)) if isinstance(value, list) else True
