"""Withdrawing versions, and deleting what was published lately."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.core.audit.services import record

from ..access import project_for
from ..audit import Action
from ..errors import DeletionTooLate, FileNotFound, VersionNotFound
from ..folders import FILES, METADATA
from ..models import Project, ProjectFile, ProjectVersion
from .serials import touch_project
from .storage import count_project

REASON_LIMIT_CHARACTERS = 300


@transaction.atomic
def yank_version(*, actor: Actor, name: str, version: str, reason: str = "") -> ProjectVersion:
    """Withdraw a version: installers ignore it unless it is pinned, and then show the reason.

    raises  ProjectNotFound, VersionNotFound, Forbidden, TokenScope
    """
    project = project_for(actor, name, Need.WRITE, lock=True)
    row = version_of(project, version)
    row.yanked_at = row.yanked_at or timezone.now()
    row.yanked_reason = " ".join(reason.split())[:REASON_LIMIT_CHARACTERS]
    row.save(update_fields=["yanked_at", "yanked_reason"])
    touch_project(project)
    record(actor, Action.VERSION_YANKED, project.key, version=row.version, reason=row.yanked_reason)
    return row


@transaction.atomic
def restore_version(*, actor: Actor, name: str, version: str) -> ProjectVersion:
    """Offer a withdrawn version again.

    raises  ProjectNotFound, VersionNotFound, Forbidden, TokenScope
    """
    project = project_for(actor, name, Need.WRITE, lock=True)
    row = version_of(project, version)
    row.yanked_at, row.yanked_reason = None, ""
    row.save(update_fields=["yanked_at", "yanked_reason"])
    touch_project(project)
    record(actor, Action.VERSION_RESTORED, project.key, version=row.version)
    return row


@transaction.atomic
def delete_version(*, actor: Actor, name: str, version: str) -> None:
    """Delete a version with its files, within the time for that.

    raises  ProjectNotFound, VersionNotFound, DeletionTooLate, Forbidden, TokenScope
    """
    project = project_for(actor, name, Need.ADMIN, lock=True)
    row = version_of(project, version)
    files = ProjectFile.objects.filter(version=row)
    check_deletable(actor, files)
    _delete_files(files)
    row.delete()
    touch_project(project)
    record(actor, Action.VERSION_DELETED, project.key, version=row.version)
    count_project(project)


@transaction.atomic
def delete_file(*, actor: Actor, name: str, filename: str) -> None:
    """Delete a file, within the time for that; its name is never used for other bytes.

    raises  ProjectNotFound, FileNotFound, DeletionTooLate, Forbidden, TokenScope
    """
    project = project_for(actor, name, Need.ADMIN, lock=True)
    files = ProjectFile.objects.filter(version__project=project, filename=filename)
    if not files:
        raise FileNotFound
    check_deletable(actor, files)
    _delete_files(files)
    touch_project(project)
    record(actor, Action.FILE_DELETED, project.key, filename=filename)
    count_project(project)


def version_of(project: Project, version: str) -> ProjectVersion:
    """Return a version of a project by its normalized form (raises VersionNotFound)."""
    row = project.versions.filter(version=version).first()
    if row is None:
        raise VersionNotFound
    return row


def check_deletable(actor: Actor, files: QuerySet[ProjectFile]) -> None:
    """Refuse to delete files that others may depend on by now; the staff may delete everything.

    raises  DeletionTooLate
    """
    before = timezone.now() - timedelta(hours=settings.PACKAGES_DELETION_HOURS)
    if not actor.is_staff and files.filter(uploaded_at__lt=before).exists():
        raise DeletionTooLate


def _delete_files(files: QuerySet[ProjectFile]) -> None:
    objects = list(files.values_list("sha256", "core_metadata__sha256"))
    files.delete()
    for sha256, metadata in objects:
        FILES.release(sha256)
        if metadata:
            METADATA.release(metadata)
