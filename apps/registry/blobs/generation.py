"""The generation in the Xet endpoint URL: a change makes clients drop their caches of uploaded xorbs."""

from __future__ import annotations

import time
from datetime import date

from django.conf import settings
from django.db import transaction

from .errors import GenerationIsSet
from .models import StorageState

ONLY, FIRST = 1, 1
KEPT_SECONDS = 5.0
EPOCH = date(2026, 1, 1)
_seen: dict[str, tuple[float, int]] = {}


def generation() -> int:
    """Return the generation from XET_GENERATION, or from the database (re-read every 5 seconds)."""
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
    """Move to a generation that was never used and return it; web processes follow within 5 seconds.

    raises  GenerationIsSet
    """
    if settings.XET_GENERATION:
        raise GenerationIsSet(
            f"XET_GENERATION is set to {settings.XET_GENERATION}; raise it in the settings."
        )
    state, _is_new = StorageState.objects.select_for_update().get_or_create(pk=ONLY)
    # at least the days since EPOCH: after a restore from backup, a mere increment could repeat a used number
    state.generation = max(state.generation + 1, (date.today() - EPOCH).days)
    state.save(update_fields=["generation"])
    _seen.clear()
    return state.generation
