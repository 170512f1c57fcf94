"""Counting usage and refusing what goes over a limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import OverQuota
from apps.users.accounts.models import Namespace

from .models import Meter, UsageEvent
from .selectors import limit_for, used


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
    """Count something once.

    amount   in the meter's unit, 0 or more
    returns  False if this event was counted before
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
    """Refuse what would go over a namespace's limit.

    amount  what is asked for, in the meter's unit
    in_use  what is taken already, for meters that rise and fall (storage, active jobs); or how to find out; else the sum of this month
    raises  OverQuota with the facts meter, limit, used, asked
    """
    limit = limit_for(namespace_id, meter)
    if limit is None:
        return
    taken = used(namespace_id, meter) if in_use is None else in_use() if callable(in_use) else in_use
    if taken + amount <= limit:
        return
    words = _("%(meter)s: the limit is %(limit)s, and %(used)s is used.") % {
        "meter": meter.label,
        "limit": limit,
        "used": taken,
    }
    raise OverQuota(words, meter=meter.value, limit=limit, used=taken, asked=amount)


def forget_namespace(namespace: Namespace) -> None:
    """Remove what a name used, since the name goes."""
    UsageEvent.objects.filter(namespace=namespace).delete()
