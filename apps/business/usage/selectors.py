"""Queries for usage, limits and what is held now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length
from django.utils import timezone

from apps.core.declaration import declared
from apps.users.accounts.models import Avatar, Namespace, NamespaceKind

from .meters import Meter
from .models import Limit, LimitSource, StoredItem, StoredTotal, UsageEvent


@dataclass(frozen=True, slots=True)
class Quota:
    """What a namespace uses and may use, in the meter's unit; `limit` is None if unlimited."""

    used: int
    limit: int | None


def start_of_month(now: datetime | None = None) -> datetime:
    return (now or timezone.now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def usage_total(namespace_id: int, meter: Meter, since: datetime | None = None) -> int:
    """Return the usage of a namespace in the meter's unit, by default since the start of the month (UTC)."""
    rows = UsageEvent.objects.filter(
        namespace_id=namespace_id, meter=meter, at__gte=since or start_of_month()
    )
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def usage_of_events(source: str, event_ids: Collection[str]) -> dict[str, int]:
    """Return the total of some events of one source, by meter."""
    rows = UsageEvent.objects.filter(source=source, event_id__in=event_ids).values_list("meter")
    return dict(rows.annotate(total=Sum("amount")).order_by("meter"))


def limit_for(namespace_id: int, meter: Meter) -> int | None:
    """Return the limit of a namespace in the meter's unit: None if unlimited, 0 for nothing.

    The operator's row decides alone. Without one, the most generous of the other rows does. Without any row,
    the site's setting does.
    """
    rows = dict(
        Limit.objects.filter(namespace_id=namespace_id, meter=meter).values_list("source", "value").order_by()
    )
    if LimitSource.OPERATOR in rows:
        return rows[LimitSource.OPERATOR]
    if rows:
        values = [value for value in rows.values() if value is not None]
        return max(values) if len(values) == len(rows) else None
    return _site_limit(namespace_id, meter)


def _site_limit(namespace_id: int, meter: Meter) -> int | None:
    limit: int | None = settings.USAGE_LIMITS.get(meter.value)
    if limit is None or not meter.is_personal:
        return limit
    is_person = Namespace.objects.filter(pk=namespace_id, kind=NamespaceKind.PERSON).exists()
    return limit if is_person else None


def usage_now(namespace_id: int, meter: Meter) -> int:
    """Return what counts against a limit: the sum of the meter's gauges, or this month's usage."""
    if meter.is_gauge:
        gauges = [gauge for gauge in declared().gauges if gauge.meter == meter]
        return sum(gauge.measure([namespace_id]).get(namespace_id, 0) for gauge in gauges)
    return usage_total(namespace_id, meter)


def quota_of(namespace_id: int, meter: Meter) -> Quota:
    return Quota(usage_now(namespace_id, meter), limit_for(namespace_id, meter))


def stored_totals(namespace_ids: Collection[int]) -> dict[int, int]:
    """Return namespace id -> bytes of all things that it stores, without uploads in flight."""
    rows = StoredTotal.objects.filter(pk__in=namespace_ids).values_list("pk", "size_bytes")
    return {namespace_id: max(0, size) for namespace_id, size in rows}


def stored_sizes(source: str, keys: Iterable[object]) -> dict[str, int]:
    """Return key -> bytes of some stored items."""
    rows = StoredItem.objects.filter(source=source, key__in=[str(key) for key in keys])
    return dict(rows.values_list("key", "size_bytes"))


def avatar_bytes(namespace_ids: Collection[int]) -> dict[int, int]:
    rows = Avatar.objects.filter(namespace_id__in=namespace_ids)
    return dict(rows.values_list("namespace_id", Length("image")))
