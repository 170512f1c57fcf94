"""Download counts: one row per day, and the sums that lists are ordered by."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..models import DownloadDay, PersonDownload, Repo

RECENT_DAYS = 30
KEPT_DAYS = 366
FORGET_BATCH = 10_000


def count_download(repo: Repo, user_id: int | None = None) -> None:
    """Count one download today (UTC), and remember that a signed-in person has the repository."""
    if user_id is not None:
        _remember(repo, user_id)
    today = timezone.now().date()
    if not DownloadDay.objects.filter(repo=repo, day=today).update(count=F("count") + 1):
        _create_day(repo, today)
    Repo.objects.filter(pk=repo.pk).update(
        downloads=F("downloads") + 1, downloads_all_time=F("downloads_all_time") + 1
    )


def _remember(repo: Repo, user_id: int) -> None:
    row = PersonDownload(repo=repo, user_id=user_id, latest_at=timezone.now())
    try:
        with transaction.atomic():
            PersonDownload.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=["repo", "user"], update_fields=["latest_at"]
            )
    except IntegrityError:
        pass  # the repository or the account was deleted meanwhile


def _create_day(repo: Repo, today: date) -> None:
    try:
        with transaction.atomic():
            DownloadDay.objects.create(repo=repo, day=today, count=1)
    except IntegrityError:
        # another request created the row, or the repository was purged
        DownloadDay.objects.filter(repo=repo, day=today).update(count=F("count") + 1)


def roll_up_downloads() -> tuple[int, int]:
    """Update the sums of the last 30 days, and delete days and downloads of people older than a year.

    returns  how many repositories were updated, and how many days were deleted
    """
    today = timezone.now().date()
    recent = DownloadDay.objects.filter(repo=OuterRef("pk"), day__gt=today - timedelta(days=RECENT_DAYS))
    total = recent.order_by().values("repo").annotate(total=Sum("count")).values("total")
    sums = Coalesce(Subquery(total), Value(0))
    changed = (
        Repo.objects.filter(downloads__gt=0)
        .annotate(recent=sums)
        .exclude(downloads=F("recent"))
        .update(downloads=sums)
    )
    _forget_people()
    dropped = DownloadDay.objects.filter(day__lte=today - timedelta(days=KEPT_DAYS)).delete()[0]
    return changed, dropped


def _forget_people() -> None:
    old = PersonDownload.objects.filter(latest_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    ids = list(old.order_by("latest_at").values_list("pk", flat=True)[:FORGET_BATCH])
    PersonDownload.objects.filter(pk__in=ids).delete()
