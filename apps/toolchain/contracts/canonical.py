"""Canonical JSON (RFC 8785): equal values give equal bytes in every language."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .errors import ContractError

EXACT_INTEGERS = 2**53


def canonical_json(value: object) -> bytes:
    """Return the RFC 8785 bytes of a JSON value.

    raises  ContractError for NaN, infinities, integers beyond 2**53, keys that are no strings and other types
    """
    return _text(value).encode()


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def config_hash(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a configuration's canonical JSON, as hex."""
    return sha256_hex(canonical_json(config))


def _text(value: object) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ContractError({"json": "Keys must be strings."})
        pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass"))
        return (
            "{"
            + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_text(item)}" for key, item in pairs)
            + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ",".join(_text(item) for item in value) + "]"
    raise ContractError({"json": f"A {type(value).__name__} has no canonical form."})


def _number(value: int | float) -> str:
    """Format a number as ECMAScript does: 1.0 is 1, 1e-7 keeps its exponent, 0.00001 does not."""
    if isinstance(value, int):
        if abs(value) > EXACT_INTEGERS:
            raise ContractError({"json": "Integers beyond 2**53 are not exact."})
        return str(value)
    if not math.isfinite(value):
        raise ContractError({"json": "NaN and infinities have no canonical form."})
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    return ("-" if sign else "") + _format_digits("".join(map(str, digits)), len(digits) + int(exponent))


def _format_digits(digits: str, point: int) -> str:
    """Format digits with the decimal point after `point` of them (ECMAScript Number::toString)."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1:+d}"
