"""Records usage and enforces limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import OverQuota
from apps.users.accounts.models import Namespace

from .models import Meter, UsageEvent
from .selectors import limit_for, usage_total


def record_usage(
    *,
    source: str,
    event_id: str,
    namespace_id: int,
    meter: Meter,
    amount: int,
    subject: str = "",
    at: datetime | None = None,
) -> bool:
    """Record a usage event unless it is already recorded.

    amount   in the meter's unit, not negative
    returns  whether the event is new
    """
    facts = {
        "namespace_id": namespace_id,
        "meter": meter,
        "amount": amount,
        "subject": subject,
        "at": at or timezone.now(),
    }
    return UsageEvent.objects.get_or_create(source=source, event_id=event_id, defaults=facts)[1]


def check_quota(
    namespace_id: int, meter: Meter, amount: int, *, in_use: int | Callable[[], int] | None = None
) -> None:
    """Check that a namespace can use more without exceeding its limit.

    amount  additional usage, in the meter's unit
    in_use  current level of a gauge (storage, active jobs) or a function for it; default: this month's usage
    raises  OverQuota with the facts meter, limit, used, asked
    """
    limit = limit_for(namespace_id, meter)
    if limit is None:
        return
    current = _current_usage(namespace_id, meter, in_use)
    if current + amount <= limit:
        return
    message = _("%(meter)s limit reached: %(used)s of %(limit)s used.") % {
        "meter": meter.label,
        "limit": limit,
        "used": current,
    }
    raise OverQuota(message, meter=meter.value, limit=limit, used=current, asked=amount)


def _current_usage(namespace_id: int, meter: Meter, in_use: int | Callable[[], int] | None) -> int:
    if in_use is None:
        return usage_total(namespace_id, meter)
    return in_use() if callable(in_use) else in_use


def forget_namespace(namespace: Namespace) -> None:
    """Delete the usage of a namespace that is being deleted."""
    UsageEvent.objects.filter(namespace=namespace).delete()
