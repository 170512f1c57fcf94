"""The generation of the Xet address: clients forget what they believe is stored when it changes."""

from __future__ import annotations

import time
from datetime import date

from django.conf import settings
from django.db import transaction

from apps.core.errors import Conflict

from .models import StorageState

ONLY, FIRST = 1, 1
KEPT_SECONDS = 5.0
EPOCH = date(2026, 1, 1)
_seen: dict[str, tuple[float, int]] = {}


def generation() -> int:
    """Return the generation: of the setting if it is given, else of the database (looked up every 5 seconds)."""
    if settings.XET_GENERATION:
        return int(settings.XET_GENERATION)
    at, number = _seen.get("stored", (0.0, FIRST))
    if time.monotonic() - at > KEPT_SECONDS or not at:
        number = stored_generation()
        _seen["stored"] = (time.monotonic(), number)
    return number


def stored_generation() -> int:
    return StorageState.objects.filter(pk=ONLY).values_list("generation", flat=True).first() or FIRST


@transaction.atomic
def raise_generation() -> int:
    """Give the Xet address a number that it never had and return it; web processes follow within 5 seconds.

    raises  Conflict if the setting XET_GENERATION decides
    """
    if settings.XET_GENERATION:
        raise Conflict(
            f"XET_GENERATION is set to {settings.XET_GENERATION}: raise it there.", code="GenerationIsSet"
        )
    state, _is_new = StorageState.objects.select_for_update().get_or_create(pk=ONLY)
    # days, and not only one more: a database restored from a backup must not repeat a number that was used since
    state.generation = max(state.generation + 1, (date.today() - EPOCH).days)
    state.save(update_fields=["generation"])
    _seen.clear()
    return state.generation
