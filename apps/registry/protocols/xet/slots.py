"""A limit on the concurrent uploads of one user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from uuid import uuid4

from django.utils.translation import gettext as _

from apps.core.cache import CachedValue
from apps.core.errors import TooMany

SLOTS = CachedValue("xet-slot", str, seconds=900)


class Slots(StrEnum):
    XORB = "xorb"
    SHARD = "shard"


# Xorbs take disk space, shards take processor time.
COUNTS = {Slots.XORB: 48, Slots.SHARD: 8}


@contextmanager
def upload_slot(kind: Slots, user_id: int | None) -> Iterator[None]:
    """Hold one of a user's slots. A slot that a crashed process held expires.

    raises  TooMany; clients retry after some seconds
    """
    value = uuid4().hex
    names = ((kind, user_id, number) for number in range(COUNTS[kind]))
    slot = next((name for name in names if SLOTS.add(value, *name)), None)
    if slot is None:
        raise TooMany(_("Too many concurrent uploads."), headers={"Retry-After": "3"})
    try:
        yield
    finally:
        SLOTS.delete(*slot)
