"""A bound on how many bodies one person may be sending at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.core.cache import cache
from django.utils.translation import gettext as _

from apps.core.errors import TooMany

SLOTS = 48
SLOT_SECONDS = 900


@contextmanager
def upload_slot(user_id: int | None) -> Iterator[None]:
    """Hold one of a person's slots; a slot that its process could not give back ends by itself.

    raises  TooMany; clients try again after some seconds
    """
    mark = uuid4().hex
    names = (f"xet-slot:{user_id}:{number}" for number in range(SLOTS))
    taken = next((name for name in names if cache.add(name, mark, SLOT_SECONDS)), None)
    if taken is None:
        raise TooMany(_("Too many uploads at once."), headers={"Retry-After": "3"})
    try:
        yield
    finally:
        cache.delete(taken)
