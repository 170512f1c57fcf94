"""A bound on how many bodies one person may be sending at once."""

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


# A xorb takes disk, a shard takes processor time.
COUNTS = {Slots.XORB: 48, Slots.SHARD: 8}


@contextmanager
def upload_slot(kind: Slots, user_id: int | None) -> Iterator[None]:
    """Hold one of a person's slots; a slot that its process could not give back ends by itself.

    raises  TooMany; clients try again after some seconds
    """
    mark = uuid4().hex
    names = ((kind, user_id, number) for number in range(COUNTS[kind]))
    taken = next((name for name in names if SLOTS.add(mark, *name)), None)
    if taken is None:
        raise TooMany(_("Too many uploads at once."), headers={"Retry-After": "3"})
    try:
        yield
    finally:
        SLOTS.delete(*taken)
