"""Releases: drafts, publishing them as a whole, deleting them."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.core.errors import ValidationFailed
from apps.toolchain.packages.access import project_for
from apps.toolchain.packages.errors import UploadsClosed
from apps.toolchain.packages.models import Project
from apps.toolchain.packages.services.publishers import check_publisher

from ..access import release_for
from ..audit import Action
from ..errors import ReleaseEmpty, ReleaseExists
from ..folders import ASSETS
from ..models import Release
from ..names import LATEST, TAG
from ..notifications import announce_release
from .counting import count_releases


def create_release(
    *, actor: Actor, name: str, tag: str, title: str = "", notes: str = "", is_prerelease: bool = False
) -> Release:
    """Create a draft, which its project's publishers see.

    raises  ProjectNotFound, ReleaseExists, ValidationFailed, UploadsClosed, Forbidden, TokenScope,
            SecondFactorRequired
    """
    check_publisher(actor)
    project = project_for(actor, name, Need.WRITE)
    check_open(project)
    if not TAG.fullmatch(tag) or tag == LATEST:
        sentence = _("Use letters, digits, '.', '+', '-' and '_', such as v1.0.")
        raise ValidationFailed(sentence, fields={"tag": sentence})
    release = Release(
        project=project,
        tag=tag,
        title=title,
        notes=notes,
        is_prerelease=is_prerelease,
        created_by_id=actor.user_id,
    )
    try:
        with transaction.atomic():
            release.save()
            record(actor, Action.RELEASE_CREATED, project.key, tag=tag)
    except IntegrityError:
        raise ReleaseExists from None
    return release


def check_open(project: Project) -> None:
    """raises  UploadsClosed"""
    if not project.takes_uploads:
        raise UploadsClosed


@transaction.atomic
def update_release(*, actor: Actor, name: str, tag: str, **fields: object) -> Release:
    """Change a release: title, notes, is_prerelease; also of a published one.

    raises  ProjectNotFound, ReleaseNotFound, Forbidden, TokenScope
    """
    release = release_for(actor, name, tag, Need.WRITE, lock=True)
    for field, value in fields.items():
        setattr(release, field, value)
    release.save(update_fields=[*fields])
    return release


@transaction.atomic
def publish_release(*, actor: Actor, name: str, tag: str) -> Release:
    """Show a draft with all its files to everybody who sees the project, at once.

    raises  ProjectNotFound, ReleaseNotFound, ReleaseEmpty, UploadsClosed, Forbidden, TokenScope
    """
    check_publisher(actor)
    release = release_for(actor, name, tag, Need.WRITE, lock=True)
    if not release.is_draft:
        return release
    check_open(release.project)
    if not release.notes.strip() and not release.assets.exists():
        raise ReleaseEmpty
    release.published_at = timezone.now()
    release.save(update_fields=["published_at"])
    release.uploads.all().delete()
    announce_release(release)
    record(actor, Action.RELEASE_PUBLISHED, release.project.key, tag=tag)
    return release


@transaction.atomic
def delete_release(*, actor: Actor, name: str, tag: str) -> None:
    """Delete a release with its files. The tag of a published one is never used again.

    raises  ProjectNotFound, ReleaseNotFound, Forbidden, TokenScope
    """
    release = release_for(actor, name, tag, Need.WRITE, lock=True)
    if not release.is_draft:
        release = release_for(actor, name, tag, Need.ADMIN, lock=True)
    hashes = list(release.assets.values_list("sha256", flat=True))
    release.assets.all().delete()
    if release.is_draft:
        release.delete()
    else:
        release.deleted_at = timezone.now()
        release.save(update_fields=["deleted_at"])
    for sha256 in hashes:
        ASSETS.release(sha256)
    record(actor, Action.RELEASE_DELETED, release.project.key, tag=tag)
    count_releases(locked_project(release.project_id))


def locked_project(project_id: int) -> Project:
    rows = Project.objects.select_related("namespace").select_for_update(of=("self",))
    return rows.get(pk=project_id)
