"""Downloads of a repository by day."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from ..models import Repo

SHOWN_DAYS = 30


def downloads_by_day(repo: Repo, days: int = SHOWN_DAYS) -> list[tuple[date, int]]:
    """Return the last days with their counts, oldest first; days without a download count 0."""
    today = timezone.now().date()
    first = today - timedelta(days=days - 1)
    found = dict(repo.download_days.filter(day__gte=first).values_list("day", "count"))
    return [(day, found.get(day, 0)) for day in (first + timedelta(days=number) for number in range(days))]
