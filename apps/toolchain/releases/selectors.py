"""Releases and their files."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.toolchain.packages.models import Project

from .access import visible_releases
from .models import Asset, Release

ORDER = ("-created_at", "-id")


def releases_of(actor: Actor, project: Project) -> QuerySet[Release]:
    """Return the releases that the actor may see with their files, the newest first."""
    return visible_releases(actor, project).prefetch_related("assets").order_by(*ORDER)


def published_releases(project: Project) -> QuerySet[Release]:
    """Return the published releases with their files."""
    rows = project.releases.filter(deleted_at=None).exclude(published_at=None)
    return rows.select_related("project__namespace", "created_by").prefetch_related("assets")


def latest_release(project: Project) -> Release | None:
    """Return the release that was published last, without pre-releases."""
    return published_releases(project).filter(is_prerelease=False).order_by("-published_at", "-id").first()


def sums_of(release: Release) -> str:
    """Return the lines of SHA256SUMS, as `sha256sum -c` reads them."""
    rows = Asset.objects.filter(release=release).order_by("name").values_list("sha256", "name")
    return "".join(f"{sha256}  {name}\n" for sha256, name in rows)
