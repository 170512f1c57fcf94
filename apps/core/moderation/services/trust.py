"""Trust levels: earned by what people do, recomputed daily, or locked by the staff."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import Least
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.declaration import declared

from ..access import person_for
from ..audit import Action
from ..models import Report, ReportState, Sanction, Trust, TrustLevel, Visit

BATCH = 500
WINDOW, KEPT_VISITS = timedelta(days=100), timedelta(days=400)
# a sanction resets the level, and for this long it stays at the lowest
RESET = timedelta(days=30)
MINUTES_OF_A_DAY = 24 * 60
SITE = Actor(name="moderation")


def note_visit(user_id: int, *, minutes: int) -> None:
    """Count some minutes in which a person used the site."""
    today = timezone.now().date()
    rows = Visit.objects.filter(user_id=user_id, day=today)
    if not rows.update(minutes=Least(F("minutes") + minutes, MINUTES_OF_A_DAY)):
        visit = Visit(user_id=user_id, day=today, minutes=minutes)
        Visit.objects.bulk_create([visit], ignore_conflicts=True)


def trust_row(user_id: int) -> Trust:
    """Return the stored row of a person, made if necessary."""
    return Trust.objects.get_or_create(user_id=user_id)[0]


def set_proof(user_id: int, *, has_proof: bool) -> None:
    """Remember whether a new person solved the challenge of the sign-up form."""
    Trust.objects.update_or_create(user_id=user_id, defaults={"has_proof": has_proof})


@transaction.atomic
def lock_level(*, actor: Actor, user_id: int, level: TrustLevel | None) -> Trust:
    """Give a person a level that stays; None lets it be earned again.

    raises  Forbidden, PersonNotFound
    """
    person_for(actor, user_id)
    row = trust_row(user_id)
    set_level(actor, user_id, TrustLevel(row.level) if level is None else level)
    Trust.objects.filter(pk=row.pk).update(is_locked=level is not None)
    row.refresh_from_db()
    return row


def set_level(actor: Actor, user_id: int, level: TrustLevel) -> None:
    """Change a person's level, and audit it."""
    row = trust_row(user_id)
    if row.level == level:
        return
    Trust.objects.filter(pk=row.pk).update(level=level)
    record(actor, Action.TRUST_CHANGED, user_id, before=row.level, after=int(level))


def recompute_trust() -> int:
    """Recompute the levels of everybody who used the site lately or has a level; return how many changed."""
    since = timezone.now().date() - WINDOW
    visitors = Visit.objects.filter(day__gte=since).values("user_id")
    levelled = Trust.objects.filter(level__gt=TrustLevel.NEW).values("user_id")
    people = get_user_model()._default_manager.filter(pk__in=visitors.union(levelled))
    changed = 0
    for ids in _batches(people.order_by("pk")):
        changed += _recompute(ids)
    Visit.objects.filter(day__lt=timezone.now().date() - KEPT_VISITS).delete()
    return changed


def _batches(people: Any) -> Iterator[list[int]]:
    last = 0
    while ids := list(people.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]


@transaction.atomic
def _recompute(ids: Collection[int]) -> int:
    now = timezone.now()
    rows = {row.user_id: row for row in Trust.objects.select_for_update().filter(user_id__in=ids)}
    ever, lately = reached(ids, None), reached(ids, now - WINDOW)
    changed = 0
    for user_id in ids:
        row = rows.get(user_id) or Trust(user_id=user_id)
        level = level_of(ever[user_id], lately[user_id], TrustLevel(row.level))
        if not row.is_locked and level != row.level:
            set_level(SITE, user_id, level)
            changed += 1
    Trust.objects.filter(user_id__in=ids).update(computed_at=now)
    return changed


def level_of(ever: Mapping[str, int], lately: Mapping[str, int], before: TrustLevel) -> TrustLevel:
    """Return the level for what a person has reached; only that of regulars can be lost again.

    A sanction resets it: for a month it stays the lowest.
    """
    if lately["days_since_sanction"] < RESET.days:
        return TrustLevel.NEW
    level = TrustLevel.NEW
    for higher, facts in (
        (TrustLevel.BASIC, ever),
        (TrustLevel.MEMBER, ever),
        (TrustLevel.REGULAR, lately),
    ):
        kept = higher <= min(before, TrustLevel.MEMBER)
        if not kept and not _is_reached(settings.TRUST_LEVELS[higher], facts):
            break
        level = higher
    return level


def _is_reached(thresholds: Mapping[str, int], facts: Mapping[str, int]) -> bool:
    return all(
        facts[name.removesuffix("_at_most")] <= value if name.endswith("_at_most") else facts[name] >= value
        for name, value in thresholds.items()
    )


NEVER = 10_000


def reached(ids: Collection[int], since: datetime | None) -> dict[int, dict[str, int]]:
    """Return what people reached since a time, by the names of the thresholds."""
    found = {user_id: _nothing() for user_id in ids}
    _add_statistics(found, since)
    now = timezone.now()
    for user_id, joined in (
        get_user_model()._default_manager.filter(pk__in=ids).values_list("pk", "date_joined")
    ):
        found[user_id]["age_minutes"] = int((now - joined).total_seconds() // 60)
    visits = Visit.objects.filter(user_id__in=ids)
    visits = visits.filter(day__gte=since.date()) if since else visits
    for row in visits.values("user_id").annotate(days=Count("pk"), total=Sum("minutes")):
        found[row["user_id"]] |= {"days_visited": row["days"], "minutes": row["total"]}
    for sanction in Sanction.objects.filter(user_id__in=ids).order_by("created_at"):
        days = 0 if sanction.is_in_force else (now - sanction.created_at).days
        found[sanction.user_id]["days_since_sanction"] = days
    reports = Report.objects.filter(review__author_id__in=ids, state=ReportState.UPHELD)
    reports = reports.filter(decided_at__gte=since) if since else reports
    declined = reports.values_list("review__author_id").annotate(count=Count("review", distinct=True))
    for user_id, count in declined:
        found[user_id]["declined"] = count
    return found


def _nothing() -> dict[str, int]:
    return dict.fromkeys(
        (
            "threads_read",
            "posts_read",
            "threads_replied_to",
            "reactions_given",
            "reactions_received",
            "threads_seen_percent",
            "age_minutes",
            "days_visited",
            "minutes",
            "declined",
        ),
        0,
    ) | {"days_since_sanction": NEVER}


def _add_statistics(found: dict[int, dict[str, int]], since: datetime | None) -> None:
    for provider in declared().trust_statistics:
        for user_id, statistics in provider(list(found), since).items():
            facts = found[user_id]
            for name in statistics.__slots__:
                facts[name] += getattr(statistics, name)
