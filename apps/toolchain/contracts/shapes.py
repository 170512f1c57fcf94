"""Reads JSON objects field by field, with a message for each invalid field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .errors import ContractError

NAMES = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Contract:
    """A frozen dataclass of plain values that can be written as JSON; subclasses read themselves."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_object(value: object, name: str) -> Mapping[str, Any]:
    """Return the value if it is a JSON object."""
    if isinstance(value, Mapping):
        return value
    raise ContractError({name: "Must be an object."})


def read_field(body: Mapping[str, Any], name: str, kind: type, default: Any = ...) -> Any:
    """Return one field of the given JSON type; an integer is accepted as a number, a boolean is not."""
    if body.get(name) is None:
        if default is ...:
            raise ContractError({name: "This field is required."})
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
    """Convert an integer to a float; one that is too large becomes infinite, which no field accepts."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def read_strings(value: object, name: str) -> dict[str, str]:
    """Return an object whose values are all strings."""
    body = read_object(value, name)
    if not all(isinstance(item, str) for item in body.values()):
        raise ContractError({name: "All values must be strings."})
    return dict(body)
