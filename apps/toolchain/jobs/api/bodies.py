"""Reading JSON bodies that workers and programs send: bounded, and free of text that no database keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest

from apps.core.errors import BadRequest, Invalid
from apps.core.http import body_blocks

from ..contracts import ContractError

Contract = TypeVar("Contract")


def json_body(request: HttpRequest, *, limit: int) -> Any:
    """Return the JSON value of a body; NUL and lone surrogates become the replacement character.

    limit   in bytes
    raises  BadRequest if it is not JSON, TooLarge
    """
    data = b"".join(body_blocks(request, limit=limit))
    try:
        return storable(json.loads(data, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        raise BadRequest("The body is not valid JSON.", code="InvalidJson") from None


def contract_body(request: HttpRequest, read: Callable[[object], Contract], *, limit: int) -> Contract:
    """Return the contract's value that a body holds.

    raises  Invalid with a sentence for each wrong field, BadRequest, TooLarge
    """
    try:
        return read(json_body(request, limit=limit))
    except ContractError as error:
        raise Invalid(str(error), fields=error.errors) from None


def storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)
