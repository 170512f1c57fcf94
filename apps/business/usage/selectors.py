"""Queries for usage totals and limits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from .models import Meter, UsageEvent


def start_of_month(now: datetime | None = None) -> datetime:
    return (now or timezone.now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def usage_total(namespace_id: int, meter: Meter, since: datetime | None = None) -> int:
    """Return the usage of a namespace in the meter's unit, by default since the start of the month (UTC)."""
    rows = UsageEvent.objects.filter(
        namespace_id=namespace_id, meter=meter, at__gte=since or start_of_month()
    )
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def limit_for(namespace_id: int, meter: Meter) -> int | None:
    """Return the limit of a namespace from the settings, or None if it is unlimited."""
    return settings.USAGE_LIMITS.get(meter.value) or None


def usage_of_events(source: str, event_ids: Collection[str]) -> dict[str, int]:
    """Return the total of some events of one source, by meter."""
    rows = UsageEvent.objects.filter(source=source, event_id__in=event_ids).values_list("meter")
    return dict(rows.annotate(total=Sum("amount")).order_by("meter"))
