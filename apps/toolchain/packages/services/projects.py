"""Creating projects, and changing what belongs to a whole project."""

from __future__ import annotations

from contextlib import suppress

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.core.errors import ValidationFailed
from apps.users.accounts.models import Namespace

from ..access import may, not_allowed, owner_for, project_for, reserved_owner
from ..audit import Action
from ..errors import NameProhibited, NameReserved, ProjectExists
from ..folders import FILES, METADATA
from ..hooks import project_deleted, project_transferred
from ..models import CoreMetadata, Project, ProjectFile, ProjectStatus, RetiredName, Step
from ..names import is_name, is_prohibited, project_key
from .publishers import check_publisher
from .serials import next_serial, touch_project
from .storage import count_project, forget_count

# what people set; quarantine is up to moderators
OWN_STATUSES = (ProjectStatus.ACTIVE, ProjectStatus.ARCHIVED, ProjectStatus.DEPRECATED)


def create_project(
    *, actor: Actor, name: str, owner: str = "", is_private: bool = False, step: str = ""
) -> Project:
    """Create an empty project.

    owner   person or organization; by default as `default_owner`
    raises  ValidationFailed, NameProhibited, ProjectExists, NameReserved, Forbidden, Unauthenticated,
            TokenScope, SecondFactorRequired
    """
    check_publisher(actor)
    key = checked_key(name)
    namespace = owner_for(actor, owner or default_owner(actor), key)
    check_free(key, namespace)
    project = Project(
        namespace=namespace,
        name=name,
        is_private=is_private,
        step=checked_step(step),
        created_by_id=actor.user_id,
        serial=next_serial(),
    )
    try:
        with transaction.atomic():
            project.save()
            record(actor, Action.PROJECT_CREATED, project.key, owner=namespace.name)
    except IntegrityError:
        raise ProjectExists from None
    return project


def default_owner(actor: Actor) -> str:
    """Return who owns what an upload creates: the one namespace that the token is for, or the person."""
    if actor.scope.limit is None:
        granted = [grant.target for grant in actor.scope.grants if grant.need >= Need.WRITE]
        names = [target.partition(":")[2] for target in granted if target.startswith("namespace:")]
        if len(names) == 1:
            return names[0]
    return actor.name


def checked_key(name: str) -> str:
    """Return the normalized form of a new name.

    raises  ValidationFailed, NameProhibited
    """
    if not is_name(name):
        sentence = _("Use ASCII letters, digits, '.', '-' and '_'; begin and end with a letter or digit.")
        raise ValidationFailed(sentence, fields={"name": sentence})
    key = project_key(name)
    if is_prohibited(key):
        raise NameProhibited
    return key


def check_free(key: str, namespace: Namespace) -> None:
    """Refuse a name that this owner can't have (raises NameReserved)."""
    retired = RetiredName.objects.filter(key=key).first()
    if retired is not None and retired.namespace_id != namespace.pk:
        raise NameReserved(_("A deleted project had this name. Only its owner can use it again."))
    owner = reserved_owner(key)
    if owner and owner.casefold() != namespace.key:
        raise NameReserved(_("Names with this prefix are reserved for %(owner)s.") % {"owner": owner})


def checked_step(step: str) -> str:
    if step and step not in Step.values:
        sentence = _("Choose one of the steps.")
        raise ValidationFailed(sentence, fields={"step": sentence})
    return step


@transaction.atomic
def project_to_publish(*, actor: Actor, name: str) -> Project:
    """Return a locked project that the actor may publish; a new one is created.

    raises  Forbidden, TokenScope, and as create_project
    """
    key = project_key(name)
    project = _locked(key)
    if project is None:
        # another upload may be first
        with suppress(ProjectExists):
            create_project(actor=actor, name=name)
        project = _locked(key)
        assert project is not None, "the row was created or found"
    check_publish(actor, project)
    return project


def check_publish(actor: Actor, project: Project) -> None:
    """raises  Forbidden, TokenScope"""
    if not may(actor, Need.WRITE, project):
        if not may(actor, Need.READ, project):
            raise not_allowed(project.key)
        project_for(actor, project.key, Need.WRITE)


def _locked(key: str) -> Project | None:
    rows = Project.objects.select_related("namespace").select_for_update(of=("self",))
    return rows.filter(key=key).first()


@transaction.atomic
def update_project(*, actor: Actor, name: str, **fields: object) -> Project:
    """Change a project: is_private, step, status, status_reason.

    raises  ProjectNotFound, Forbidden, TokenScope, ValidationFailed
    """
    project = project_for(actor, name, Need.ADMIN, lock=True)
    if "step" in fields:
        fields["step"] = checked_step(str(fields["step"]))
    if "status" in fields:
        _check_status(project, str(fields["status"]))
    for field, value in fields.items():
        setattr(project, field, value)
    project.save(update_fields=[*fields])
    touch_project(project)
    record(actor, Action.PROJECT_CHANGED, project.key, fields=sorted(fields))
    return project


def _check_status(project: Project, status: str) -> None:
    if project.is_quarantined and status != project.status:
        sentence = _("Only moderators can end the quarantine of a project.")
        raise ValidationFailed(sentence, fields={"status": sentence})
    if not project.is_quarantined and status not in OWN_STATUSES:
        sentence = _("Choose active, archived or deprecated.")
        raise ValidationFailed(sentence, fields={"status": sentence})


@transaction.atomic
def transfer_project(*, actor: Actor, name: str, owner: str) -> Project:
    """Give a project to another person or organization in which the actor may create projects.

    raises  ProjectNotFound, Forbidden, TokenScope, OverQuota, NameReserved
    """
    project = project_for(actor, name, Need.ADMIN, lock=True)
    namespace = owner_for(actor, owner, project.key)
    check_free(project.key, namespace)
    before, project.namespace = project.namespace.name, namespace
    project.save(update_fields=["namespace"])
    count_project(project, within_limit=True)
    project_transferred.send(sender=Project, project=project, within_limit=True)
    touch_project(project)
    record(actor, Action.PROJECT_TRANSFERRED, project.key, before=before, after=namespace.name)
    return project


@transaction.atomic
def delete_project(*, actor: Actor, name: str) -> None:
    """Delete a project with all its files, if all of them may still be deleted.

    raises  ProjectNotFound, Forbidden, TokenScope, DeletionTooLate
    """
    from .versions import check_deletable

    project = project_for(actor, name, Need.ADMIN, lock=True)
    files = ProjectFile.objects.filter(version__project=project)
    check_deletable(actor, files)
    objects = list(files.values_list("sha256", "core_metadata__sha256"))
    key, owner_id, project_id = project.key, project.namespace_id, project.pk
    CoreMetadata.objects.filter(file__version__project=project).delete()
    project.delete()
    RetiredName.objects.update_or_create(key=key, defaults={"namespace_id": owner_id})
    forget_count(project_id)
    project_deleted.send(sender=Project, project_id=project_id)
    for sha256, metadata in objects:
        FILES.release(sha256)
        if metadata:
            METADATA.release(metadata)
    record(actor, Action.PROJECT_DELETED, key)
