"""Settings of a project, its versions and maintainers; a person's own projects and invitations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.users.accounts.policies import PERSON

from ..errors import MaintainerNotFound
from ..forms import MaintainerForm, ProjectForm, PublisherForm, TransferForm
from ..models import Project
from ..policies import PROJECT_ADMIN, PROJECT_READ, PROJECT_WRITE
from ..selectors.projects import (
    ORDERS,
    invitations_of,
    invitations_to,
    maintainers_of,
    projects_for,
    versions_of,
)
from ..services import maintainers as people
from ..services.projects import delete_project, transfer_project, update_project
from ..services.trusted_publishing import add_publisher, remove_publisher
from ..services.versions import delete_file, delete_version, restore_version, yank_version
from .pages import owners_for, project_facts

SHOWN = 100
OWN = "settings_packages"


def settings_url(project: Project) -> str:
    return f"{project.get_absolute_url()}/settings"


@requires(PROJECT_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def project_settings(request: HubRequest, project: Project) -> HttpResponse:
    """Show the settings of a project, and save them."""
    form = ProjectForm(request.POST or None, initial=project.__dict__)
    if project.is_quarantined:
        form.fields["status"].disabled = True
        form.fields["status"].choices = [(project.status, project.get_status_display())]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            update_project(actor=request.actor, name=project.key, **form.cleaned_data)
            return post_response(request, settings_url(project), _("Saved."))
    status = 422 if request.method == "POST" else 200
    return _page(request, project, status=status, form=form)


def _page(request: HubRequest, project: Project, *, status: int = 200, **forms: Any) -> HttpResponse:
    owners = [one for one in owners_for(request.actor) if one[0] != project.namespace.name]
    facts = {
        **project_facts(request, project),
        "form": ProjectForm(initial=project.__dict__),
        "maintainer_form": MaintainerForm(),
        "transfer_form": TransferForm(owners=owners) if owners else None,
        "publisher_form": PublisherForm() if django_settings.PACKAGES_OIDC_ISSUERS else None,
        "publishers": list(project.publishers.select_related("added_by").order_by("pk")[:SHOWN]),
        "maintainers": list(maintainers_of(project)[:SHOWN]),
        "invitations": list(invitations_of(project)[:SHOWN]),
        "versions": versions_of(project)[:SHOWN],
        **forms,
    }
    return render(request, "toolchain/packages/settings.html", facts, status=status)


@requires(PROJECT_ADMIN)
@require_POST
def invite(request: HubRequest, project: Project) -> HttpResponse:
    form = MaintainerForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "person"):
            person = form.cleaned_data["person"]
            people.invite_maintainer(actor=request.actor, name=project.key, person=person)
            return post_response(
                request, settings_url(project), _("%(person)s is invited.") % {"person": person}
            )
    return _page(request, project, status=422, maintainer_form=form)


@requires(PROJECT_ADMIN)
@require_POST
def withdraw(request: HubRequest, project: Project, project_invitation_id: UUID) -> HttpResponse:
    people.withdraw_invitation(actor=request.actor, name=project.key, invitation_id=project_invitation_id)
    return post_response(request, settings_url(project), _("Invitation withdrawn."))


@requires(PROJECT_ADMIN)
@require_POST
def remove_maintainer(request: HubRequest, project: Project, person: str) -> HttpResponse:
    people.remove_maintainer(actor=request.actor, name=project.key, person=person)
    return post_response(request, settings_url(project), _("%(person)s was removed.") % {"person": person})


@requires(PROJECT_WRITE)
@require_POST
def leave(request: HubRequest, project: Project) -> HttpResponse:
    """Stop maintaining a project."""
    with refusals_as_messages(request, MaintainerNotFound):
        people.remove_maintainer(actor=request.actor, name=project.key, person=request.actor.name)
    return post_response(request, OWN)


@requires(PROJECT_ADMIN)
@require_POST
def trust(request: HubRequest, project: Project) -> HttpResponse:
    """Add a trusted publisher."""
    form = PublisherForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, None):
            add_publisher(actor=request.actor, name=project.key, **form.cleaned_data)
            return post_response(request, settings_url(project), _("Publisher added."))
    return _page(request, project, status=422, publisher_form=form)


@requires(PROJECT_ADMIN)
@require_POST
def distrust(request: HubRequest, project: Project, publisher_id: UUID) -> HttpResponse:
    remove_publisher(actor=request.actor, name=project.key, publisher_id=publisher_id)
    return post_response(request, settings_url(project), _("Publisher removed."))


@requires(PROJECT_WRITE)
@require_POST
def yank(request: HubRequest, project: Project, version: str) -> HttpResponse:
    reason = request.POST.get("reason", "")
    row = yank_version(actor=request.actor, name=project.key, version=version, reason=reason)
    return post_response(request, row, _("Version %(version)s is yanked.") % {"version": version})


@requires(PROJECT_WRITE)
@require_POST
def restore(request: HubRequest, project: Project, version: str) -> HttpResponse:
    row = restore_version(actor=request.actor, name=project.key, version=version)
    return post_response(request, row, _("Version %(version)s is offered again.") % {"version": version})


@requires(PROJECT_ADMIN)
@require_POST
def remove_version(request: HubRequest, project: Project, version: str) -> HttpResponse:
    with refusals_as_messages(request):
        delete_version(actor=request.actor, name=project.key, version=version)
        return post_response(request, project, _("Version %(version)s deleted.") % {"version": version})
    return post_response(request, settings_url(project))


@requires(PROJECT_ADMIN)
@require_POST
def remove_file(request: HubRequest, project: Project, filename: str) -> HttpResponse:
    with refusals_as_messages(request):
        delete_file(actor=request.actor, name=project.key, filename=filename)
        return post_response(request, project, _("%(filename)s deleted.") % {"filename": filename})
    return post_response(request, settings_url(project))


@requires(PROJECT_ADMIN)
@require_POST
def transfer(request: HubRequest, project: Project) -> HttpResponse:
    form = TransferForm(request.POST, owners=owners_for(request.actor))
    if form.is_valid():
        with refusals_on_form(form, "owner"):
            owner = form.cleaned_data["owner"]
            given = transfer_project(actor=request.actor, name=project.key, owner=owner)
            return post_response(
                request, given, _("The project belongs to %(owner)s now.") % {"owner": owner}
            )
    return _page(request, project, status=422, transfer_form=form)


@requires(PROJECT_ADMIN)
@require_POST
def remove_project(request: HubRequest, project: Project) -> HttpResponse:
    """Delete a project whose name was typed."""
    if request.POST.get("confirm", "") not in (project.name, project.key):
        return _page(request, project, status=422)
    with refusals_as_messages(request):
        delete_project(actor=request.actor, name=project.key)
        return post_response(request, OWN, _("%(name)s deleted.") % {"name": project.name})
    return post_response(request, settings_url(project))


@requires(PROJECT_READ)
@require_safe
def publish_guide(request: HubRequest, project: Project) -> HttpResponse:
    """Show how to publish a version, in the reader's own lines."""
    return render(request, "toolchain/packages/guide.html", project_facts(request, project))


@requires(PERSON)
@require_safe
def own_packages(request: HubRequest) -> HttpResponse:
    """List the projects of a person, and invitations that wait for an answer."""
    rows = projects_for(request.actor, owner=request.actor.name).order_by(*ORDERS["name"])
    facts = {
        "projects": list(rows[:SHOWN]),
        "invitations": list(invitations_to(request.actor.user_id or 0)[:SHOWN]),
    }
    return render(request, "toolchain/packages/own.html", facts)


@requires(PERSON)
@require_POST
def accept(request: HubRequest, project_invitation_id: UUID) -> HttpResponse:
    project = people.answer_invitation(
        actor=request.actor, invitation_id=project_invitation_id, is_accepted=True
    )
    return post_response(request, project, _("You maintain %(name)s now.") % {"name": project.name})


@requires(PERSON)
@require_POST
def decline(request: HubRequest, project_invitation_id: UUID) -> HttpResponse:
    people.answer_invitation(actor=request.actor, invitation_id=project_invitation_id, is_accepted=False)
    return post_response(request, OWN, _("Invitation declined."))
