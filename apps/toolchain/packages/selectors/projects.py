"""Projects for pages, the API and feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from apps.core.actor import Actor

from ..access import visible_to
from ..models import DownloadDay, Maintainer, MaintainerInvitation, Project, ProjectFile, ProjectVersion, Step
from ..names import resemblance

ORDERS: dict[str, tuple[str, ...]] = {
    "updated": ("-updated_at", "-id"),
    "downloads": ("-downloads", "-id"),
    "name": ("key",),
}
NEW_VERSIONS = ("-created_at", "-id")
RECENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class DownloadSums:
    """Downloads of whole files in the last day, week and month, by days in UTC."""

    last_day: int
    last_week: int
    last_month: int


def projects_for(actor: Actor, *, step: str = "", owner: str = "", query: str = "") -> QuerySet[Project]:
    """Return the projects that the actor may see, of one step or owner if they are named."""
    rows = visible_to(actor)
    if step:
        rows = rows.filter(step=step)
    if owner:
        rows = rows.filter(namespace__key=owner.casefold())
    for word in query.split()[:8]:
        rows = rows.filter(Q(key__icontains=word) | Q(summary__icontains=word))
    return rows


def step_counts(actor: Actor) -> dict[Step, int]:
    """Return how many projects each step has, in the order of the steps."""
    rows = dict(visible_to(actor).order_by().values_list("step").annotate(count=Count("pk")))
    return {step: rows.get(step.value, 0) for step in Step}


def versions_of(project: Project) -> list[ProjectVersion]:
    """Return all versions without their descriptions, the highest first."""
    rows = project.versions.defer("description", "details")
    return sorted(rows, key=lambda row: row.parsed, reverse=True)


def new_versions(actor: Actor, project: Project | None = None) -> QuerySet[ProjectVersion]:
    """Return versions that the actor may see, the newest first."""
    rows = ProjectVersion.objects.select_related("project__namespace").defer("description", "details")
    if project is not None:
        return rows.filter(project=project).order_by(*NEW_VERSIONS)
    return rows.filter(project__in=visible_to(actor).values("pk")).order_by(*NEW_VERSIONS)


def files_of(version: ProjectVersion) -> Sequence[ProjectFile]:
    rows = ProjectFile.objects.filter(version=version).select_related(
        "core_metadata", "uploaded_by__namespace"
    )
    return list(rows.order_by("kind", "filename"))


def maintainers_of(project: Project) -> QuerySet[Maintainer]:
    return project.maintainers.select_related("user__namespace").order_by("id")


def invitations_of(project: Project) -> QuerySet[MaintainerInvitation]:
    return project.invitations.select_related("user__namespace", "invited_by").order_by("id")


def invitations_to(user_id: int) -> QuerySet[MaintainerInvitation]:
    rows = MaintainerInvitation.objects.filter(user_id=user_id).select_related("project__namespace")
    return rows.select_related("project__namespace", "invited_by__namespace").order_by("-id")


def similar_names(key: str) -> list[str]:
    """Return the names of public projects that people could confuse with a name."""
    rows = Project.objects.filter(resemblance=resemblance(key), is_private=False).exclude(key=key)
    return list(rows.order_by("key").values_list("name", flat=True)[:5])


def downloads_by_day(project: Project, days: int = RECENT_DAYS) -> list[tuple[date, int]]:
    """Return (day, count) for the last days including today, oldest first."""
    first = timezone.now().date() - timedelta(days=days - 1)
    rows = DownloadDay.objects.filter(project=project, day__gte=first).values_list("day")
    found = dict(rows.annotate(total=Sum("count")).order_by("day"))
    return [(day, found.get(day, 0)) for day in (first + timedelta(days=number) for number in range(days))]


def download_sums(project: Project) -> DownloadSums:
    counts = [count for _day, count in downloads_by_day(project)]
    return DownloadSums(counts[-1], sum(counts[-7:]), sum(counts))
