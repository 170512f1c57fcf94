"""Refusals in management commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from apps.core.errors import Refusal


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """Report a refusal as the error of the command."""
    try:
        yield
    except Refusal as refusal:
        raise CommandError(refusal.message) from None
