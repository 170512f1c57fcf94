"""Parsing shared by all protocols: JSON documents, and flags and numbers in query strings.

Nothing here raises a refusal: each protocol words its own.
"""

from __future__ import annotations

import json
from typing import Any

DIGITS_LIMIT = 18
FLAGS = {
    "true": True,
    "1": True,
    "yes": True,
    "false": False,
    "0": False,
    "no": False,
    "": False,
}


def parse_json(data: bytes) -> Any:
    """Return the value of a JSON document.

    raises  ValueError if it is not valid JSON (NaN and Infinity are not) or nested too deeply
    """
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_flag(text: str) -> bool | None:
    """Return the value of a flag, or None if it is neither true nor false."""
    return FLAGS.get(text.lower())


def parse_int(text: str, *, least: int = 0, most: int | None = None) -> int | None:
    """Return an integer of ASCII digits, or None if it is not one or out of bounds."""
    if not text.isascii() or not text.isdigit() or len(text) > DIGITS_LIMIT:
        return None
    number = int(text)
    return number if number >= least and (most is None or number <= most) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
