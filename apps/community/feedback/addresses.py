"""Keys in the addresses of pages and in the REST API."""

from __future__ import annotations

import secrets

KEY_BYTES = 8


def new_key() -> str:
    """Return a random id, which says nothing of how many rows there are."""
    return secrets.token_hex(KEY_BYTES)
