"""Reading JSON objects field by field, with a sentence for each field that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .errors import ContractError

NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def mapping(value: object, name: str) -> Mapping[str, Any]:
    """Return the value if it is a JSON object."""
    if isinstance(value, Mapping):
        return value
    raise ContractError({name: "Must be an object."})


def take(body: Mapping[str, Any], name: str, kind: type, default: Any = ...) -> Any:
    """Return one field of the given JSON type; a whole number passes as a number, a bool never does."""
    if body.get(name) is None:
        if default is ...:
            raise ContractError({name: "Is missing."})
        return default
    value = body[name]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = _as_float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ContractError({name: f"Must be {NAMES[kind]}."})
    if isinstance(value, float) and not math.isfinite(value):
        raise ContractError({name: "Must be a finite number."})
    return value


def _as_float(value: int) -> float:
    """Return a whole number as a number; one beyond all numbers becomes infinite, which no field takes."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def texts(value: object, name: str) -> dict[str, str]:
    """Return an object whose values are all text."""
    body = mapping(value, name)
    if not all(isinstance(item, str) for item in body.values()):
        raise ContractError({name: "Must hold text only."})
    return dict(body)
