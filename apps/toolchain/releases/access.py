"""Who may see or change releases: drafts are for the publishers of their project."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.actor import Actor, Need
from apps.toolchain.packages.access import may, project_for
from apps.toolchain.packages.errors import FileHidden, FileNotFound
from apps.toolchain.packages.models import Project

from .errors import ReleaseNotFound
from .models import Asset, Release


def visible_releases(actor: Actor, project: Project) -> QuerySet[Release]:
    """Return the releases of a project that the actor may see: drafts are for its publishers."""
    rows = project.releases.filter(deleted_at=None).select_related("project__namespace", "created_by")
    return rows if may(actor, Need.WRITE, project) else rows.exclude(published_at=None)


def release_for(actor: Actor, name: str, tag: str, need: Need = Need.READ, *, lock: bool = False) -> Release:
    """Return a release of a project in which the actor has the needed access.

    lock    hold the row until the transaction ends
    raises  ProjectNotFound, ReleaseNotFound, Forbidden, TokenScope, Unauthenticated
    """
    project = project_for(actor, name, need)
    rows = visible_releases(actor, project)
    release = (rows.select_for_update(of=("self",)) if lock else rows).filter(tag=tag).first()
    if release is None:
        raise ReleaseNotFound
    return release


def asset_for(actor: Actor, key: str, tag: str, name: str) -> Asset:
    """Return a file of a release that the actor may see.

    raises  FileNotFound if it is absent or hidden; FileHidden to anonymous users
    """
    rows = Asset.objects.select_related("release__project__namespace")
    asset = rows.filter(
        name=name, release__tag=tag, release__deleted_at=None, release__project__key=key
    ).first()
    need = Need.WRITE if asset and asset.release.is_draft else Need.READ
    if asset is None or not may(actor, need, asset.release.project):
        raise FileNotFound if actor.is_signed_in else FileHidden
    return asset
