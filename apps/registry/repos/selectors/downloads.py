"""Downloads per day."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from ..models import PersonDownload, Repo

SHOWN_DAYS = 30


def downloads_by_day(repo: Repo, days: int = SHOWN_DAYS) -> list[tuple[date, int]]:
    """Return (day, count) for the last days including today, oldest first."""
    today = timezone.now().date()
    first = today - timedelta(days=days - 1)
    found = dict(repo.download_days.filter(day__gte=first).values_list("day", "count"))
    return [(day, found.get(day, 0)) for day in (first + timedelta(days=number) for number in range(days))]


def has_downloaded(user_id: int, repo: Repo) -> bool:
    """Return whether a person has downloaded a repository while signed in, within a year."""
    return PersonDownload.objects.filter(repo=repo, user_id=user_id).exists()
