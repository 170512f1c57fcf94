"""Quarantine: the index lists no files of a project and sends none, until moderators end it."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import ANONYMOUS
from apps.core.audit.services import record

from ..audit import Action
from ..models import Project, ProjectStatus
from ..notifications import announce_quarantine
from .serials import touch_project

PROJECT = "project"


@transaction.atomic
def quarantine(key: str, reason: str) -> None:
    """Put a project into quarantine and tell its publishers; one that is there stays."""
    project = _locked(key)
    if project is None or project.is_quarantined:
        return
    project.restored_status, project.status = project.status, ProjectStatus.QUARANTINED
    _save(project, reason)


@transaction.atomic
def end_quarantine(key: str) -> None:
    """Return a project to what it was before."""
    project = _locked(key)
    if project is None or not project.is_quarantined:
        return
    project.status, project.restored_status = project.restored_status or ProjectStatus.ACTIVE, ""
    _save(project, "", is_over=True)


def _locked(key: str) -> Project | None:
    rows = Project.objects.select_related("namespace").select_for_update(of=("self",))
    return rows.filter(public_id=key).first()


def _save(project: Project, reason: str, *, is_over: bool = False) -> None:
    project.status_reason = " ".join(reason.split())[:300]
    project.save(update_fields=["status", "restored_status", "status_reason"])
    touch_project(project)
    announce_quarantine(project, reason=reason, is_over=is_over)
    record(ANONYMOUS, Action.PROJECT_QUARANTINED, project.key, status=project.status, reason=reason)
