"""The number that grows with each change that the index shows; entity tags are made of it."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from ..models import Project, ProjectVersion

SEQUENCE = "package_serials"


def next_serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [SEQUENCE])
        return int(cursor.fetchone()[0])


def touch_project(project: Project) -> None:
    """Note that the index shows a locked project in another way, and which version is its latest."""
    latest = latest_version(project)
    project.latest, project.summary = (latest.version, latest.summary) if latest else ("", "")
    project.serial, project.updated_at = next_serial(), timezone.now()
    project.save(update_fields=["latest", "summary", "serial", "updated_at"])


def latest_version(project: Project) -> ProjectVersion | None:
    """Return what installers choose: the highest version that is neither yanked nor a pre-release, if any."""
    rows = list(project.versions.only("version", "is_prerelease", "yanked_at", "summary"))
    return max(
        rows,
        key=lambda one: (not one.is_yanked, not one.is_prerelease, one.parsed),
        default=None,
    )
