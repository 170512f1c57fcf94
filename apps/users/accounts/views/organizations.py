"""Pages of organizations: creation, members, invitations, settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.errors import ValidationFailed
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from .. import services
from ..access import person_of
from ..confirmation import confirmed_access
from ..forms import InvitationForm, NameForm, OrganizationForm, ProfileForm, RoleForm
from ..hooks import deletion_blockers
from ..models import Namespace, Role
from ..policies import ORGANIZATION_ADMIN, PERSON
from ..selectors import invitations_to, members_of, open_invitations_of, organizations_of

SHOWN_INVITATIONS = 100


@requires(PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def new_organization(request: HubRequest) -> HttpResponse:
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, "name"):
            return redirect(services.create_organization(actor=request.actor, **form.cleaned_data))
    return render(
        request, "users/accounts/organization_new.html", {"form": form}, status=422 if form.errors else 200
    )


@requires(PERSON)
@require_safe
def old_own_organizations(request: HubRequest) -> HttpResponse:
    """Redirect from the former path in British spelling, which existing links use."""
    return redirect("settings_organizations", permanent=True)


@requires(PERSON)
@require_safe
def own_organizations(request: HubRequest) -> HttpResponse:
    """List the user's organizations and pending invitations."""
    user = person_of(request.actor)
    context = {
        "organizations": organizations_of(user),
        "invitations": invitations_to(user)[:SHOWN_INVITATIONS],
    }
    return render(request, "users/accounts/settings_organizations.html", context)


@requires(PERSON)
@require_POST
def accept_invitation(request: HubRequest, invitation_id: UUID) -> HttpResponse:
    return redirect(services.accept_invitation(actor=request.actor, invitation_id=invitation_id).namespace)


@requires(PERSON)
@require_POST
def decline_invitation(request: HubRequest, invitation_id: UUID) -> HttpResponse:
    services.decline_invitation(actor=request.actor, invitation_id=invitation_id)
    return post_response(request, "settings_organizations", _("Invitation declined."))


@requires(ORGANIZATION_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def organization_settings(request: HubRequest, namespace: Namespace) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=namespace)
    if request.method == "POST" and form.is_valid():
        services.update_profile(actor=request.actor, name=namespace.name, **form.cleaned_data)
        return post_response(request, "organization_settings", _("Profile saved."), name=namespace.name)
    return _settings_page(request, namespace, form=form)


def _settings_page(request: HubRequest, namespace: Namespace, **bound_forms: forms.BaseForm) -> HttpResponse:
    has_errors = any(form.errors for form in bound_forms.values())
    context: dict[str, Any] = {
        "form": ProfileForm(instance=namespace),
        "name_form": NameForm(initial={"name": namespace.name}),
        **_deletion_context(namespace),
        **bound_forms,
    }
    status = 422 if has_errors else 200
    return render(
        request,
        "users/accounts/organization_settings.html",
        {**context, "namespace": namespace},
        status=status,
    )


def _deletion_context(namespace: Namespace) -> dict[str, Any]:
    """Return what a deletion affects and what prevents it."""
    counts = {
        "member_count": members_of(namespace).count(),
        "invitation_count": open_invitations_of(namespace).count(),
    }
    return {**counts, "blockers": deletion_blockers(namespace)}


@requires(ORGANIZATION_ADMIN)
@require_POST
def rename_organization(request: HubRequest, namespace: Namespace) -> HttpResponse:
    form = NameForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "name"):
            renamed = services.rename_namespace(
                actor=request.actor, name=namespace.name, new_name=form.cleaned_data["name"]
            )
            message = _("Organization renamed to %(name)s.") % {"name": renamed.name}
            return post_response(request, "organization_settings", message, name=renamed.name)
    return _settings_page(request, namespace, name_form=form)


@requires(ORGANIZATION_ADMIN)
@require_POST
def remove_organization(request: HubRequest, namespace: Namespace) -> HttpResponse:
    if request.POST.get("confirm") != namespace.name:
        messages.error(request, _("Nothing was deleted: the name you typed doesn't match."))
        return redirect("organization_settings", name=namespace.name)
    with refusals_as_messages(request):
        services.remove_organization(actor=request.actor, organization=namespace.name)
        return post_response(request, "settings_organizations", _("Organization deleted."))
    return redirect("organization_settings", name=namespace.name)


@requires(ORGANIZATION_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_access
def organization_members(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """Manage the members of an organization; POST invites a user."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, "person"):
            person, role = form.cleaned_data["person"], form.cleaned_data["role"]
            services.invite_person(actor=request.actor, organization=namespace.name, name=person, role=role)
            message = _("Invited %(person)s.") % {"person": person}
            return post_response(request, "organization_members", message, name=namespace.name)
    rows = members_of(namespace).annotate(key=F("user__namespace__key"))
    page = page_by_cursor(rows, order=("key",), cursor=request.GET.get("cursor"), limit=50)
    context = {"namespace": namespace, "form": form, "page": page, "roles": Role.choices}
    context["invitations"] = open_invitations_of(namespace)[:SHOWN_INVITATIONS]
    return render(
        request, "users/accounts/organization_members.html", context, status=422 if form.errors else 200
    )


@requires(ORGANIZATION_ADMIN)
@require_POST
@confirmed_access
def change_member(request: HubRequest, namespace: Namespace, member: str) -> HttpResponse:
    """Change the role of a member, or remove the member."""
    form = RoleForm(request.POST)
    is_removed = "remove" in request.POST
    if not is_removed and not form.is_valid():
        raise ValidationFailed(_("Unknown role."))
    with refusals_as_messages(request):
        if is_removed:
            services.remove_member(actor=request.actor, organization=namespace.name, name=member)
        else:
            role = form.cleaned_data["role"]
            services.change_role(actor=request.actor, organization=namespace.name, name=member, role=role)
    return redirect("organization_members", name=namespace.name)


@requires(ORGANIZATION_ADMIN)
@require_POST
def withdraw_invitation(request: HubRequest, namespace: Namespace, invitation_id: UUID) -> HttpResponse:
    services.withdraw_invitation(
        actor=request.actor, organization=namespace.name, invitation_id=invitation_id
    )
    return redirect("organization_members", name=namespace.name)


@requires(PERSON)
@require_POST
def leave(request: HubRequest, name: str) -> HttpResponse:
    with refusals_as_messages(request):
        services.leave_organization(actor=request.actor, organization=name)
        return post_response(request, "settings_organizations", _("You left %(name)s.") % {"name": name})
    return redirect("settings_organizations")
