"""Counting downloads of whole files."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from ..models import DownloadDay, Project, ProjectFile

KEPT_DAYS = 400
COUNT = """
    INSERT INTO packages_downloadday (project_id, version, day, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (project_id, day, version) DO UPDATE SET count = packages_downloadday.count + 1
"""


def count_download(file: ProjectFile) -> None:
    """Count one download of a whole file today (UTC)."""
    version = file.version
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [version.project_id, version.version, timezone.now().date()])
    ProjectFile.objects.filter(pk=file.pk).update(downloads=F("downloads") + 1)
    Project.objects.filter(pk=version.project_id).update(downloads=F("downloads") + 1)


def delete_old_counts() -> int:
    """Delete counts of days that no page shows; return how many."""
    before = timezone.now().date() - timedelta(days=KEPT_DAYS)
    return DownloadDay.objects.filter(day__lt=before).delete()[0]
