"""People who watch a project, and its publishers, hear of a release."""

from __future__ import annotations

from apps.toolchain.packages.notifications import TARGET, Occasion, announce_project, publishers_of

from .models import Release


def announce_release(release: Release) -> None:
    announce_project(
        release.project,
        Occasion.PUBLISHED,
        source=f"release:{release.pk}",
        path=release.get_absolute_url(),
        actor=release.created_by_id,
        people=publishers_of(release.project),
        excerpt=release.notes,
        targets=(f"{TARGET}:{release.project.key}",),
        version=release.name,
    )
