"""Setting limits, and the one refusal of what exceeds them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.core.errors import OverQuota
from apps.core.text.formatting import duration, size, thousands

from ..meters import Meter
from ..models import Limit, LimitSource
from ..selectors import limit_for, usage_now


def check_limit(namespace_id: int, meter: Meter, requested: int, *, counted: int = 0) -> None:
    """Check that a namespace can use more without exceeding its limit.

    requested  additional usage, in the meter's unit; nothing is always allowed
    counted    part of it that counts already
    raises     OverQuota with the facts meter, unit, limit, used, requested
    """
    limit = limit_for(namespace_id, meter) if requested > 0 else None
    if limit is None:
        return
    used = max(0, usage_now(namespace_id, meter) - counted)
    if used + requested > limit:
        raise over_limit(meter, limit=limit, used=used, requested=requested)


def check_storage(namespace_id: int, more_bytes: int) -> None:
    """Check that a namespace may store more bytes (raises OverQuota)."""
    check_limit(namespace_id, Meter.STORAGE_BYTES, more_bytes)


def over_limit(meter: Meter, *, limit: int, used: int, requested: int) -> OverQuota:
    """Return the refusal, with figures and what to do about it."""
    figures = {"limit": limit, "used": used, "requested": requested}
    reason = _("%(meter)s limit reached: %(used)s of %(limit)s used, %(requested)s more requested.") % {
        "meter": meter.label,
        **{name: _to_words(meter, value) for name, value in figures.items()},
    }
    message = _("%(reason)s %(advice)s") % {"reason": reason, "advice": _advice(meter)}
    return OverQuota(message, meter=meter.value, unit=meter.unit, limit=limit, used=used, requested=requested)


def _to_words(meter: Meter, value: int) -> str:
    if meter.unit == "bytes":
        return size(value)
    return duration(value) if meter.unit == "seconds" else thousands(value)


def _advice(meter: Meter) -> str:
    if meter is Meter.STORAGE_BYTES:
        return _("Delete what you no longer need, or ask an administrator for a higher limit.")
    if meter is Meter.UNCOMMITTED_BYTES:
        return _("Commit them first.")
    if meter is Meter.ACTIVE_JOBS:
        return _("Wait until a job has ended, or cancel one.")
    return _("Wait for the next month, or ask an administrator for a higher limit.")


def set_limit(
    namespace_id: int,
    meter: Meter,
    value: int | None,
    *,
    source: LimitSource = LimitSource.OPERATOR,
    note: str = "",
) -> Limit:
    """Set what one source allows a namespace; see `limit_for` for the one that counts.

    value  in the meter's unit; None is unlimited, 0 is nothing
    """
    facts = {"value": value, "note": note}
    return Limit.objects.update_or_create(
        namespace_id=namespace_id, meter=meter, source=source, defaults=facts
    )[0]


def remove_limit(namespace_id: int, meter: Meter, *, source: LimitSource = LimitSource.OPERATOR) -> bool:
    """Remove what one source allows, and return whether there was a limit."""
    return Limit.objects.filter(namespace_id=namespace_id, meter=meter, source=source).delete()[0] > 0
