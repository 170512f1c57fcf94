"""Ids that people and programs see: random, so that they say nothing of how many rows there are."""

from __future__ import annotations

import secrets

ID_BYTES = 8
ID_CHARACTERS = 2 * ID_BYTES


def new_public_id() -> str:
    return secrets.token_hex(ID_BYTES)


def by_id(id: int | str, prefix: str = "") -> dict[str, int | str]:
    """Return how to find a row by its key, which is a number, or by its public id, which is a text.

    prefix  of the lookup through a relation, such as `post__`
    """
    return {f"{prefix}pk" if isinstance(id, int) else f"{prefix}public_id": id}
