"""Recording usage."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from apps.users.accounts.models import Namespace

from ..meters import Meter
from ..models import UsageEvent


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


def forget_namespace(namespace: Namespace) -> None:
    """Delete the usage of a namespace that is being deleted."""
    UsageEvent.objects.filter(namespace=namespace).delete()
