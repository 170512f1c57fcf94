"""Reads the workers' contracts from JSON bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest

from apps.core.errors import ValidationFailed
from apps.core.rest.body import json_body
from apps.toolchain.contracts import ContractError

Contract = TypeVar("Contract")


def contract_body(request: HttpRequest, read: Callable[[object], Contract], *, limit: int) -> Contract:
    """Parse a body as a contract.

    raises  ValidationFailed with a message for each wrong field, BadRequest, TooLarge
    """
    try:
        return read(json_body(request, limit=limit))
    except ContractError as error:
        raise ValidationFailed(str(error), fields=error.errors) from None
