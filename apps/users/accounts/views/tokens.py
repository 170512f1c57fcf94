"""Access tokens and authorized applications of a user."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.web.actions import post_response
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from ..access import person_of
from ..confirmation import confirmed_access
from ..forms import NamespaceGrantForm, OrganizationGrantForm, RepositoryGrantForm, TokenForm
from ..models import Role, TokenRole, User
from ..oauth import SCOPES
from ..policies import PERSON
from ..selectors import connected_applications, granted_scopes, organizations_of, own_tokens
from ..services import create_access_token, revoke_access_token, revoke_client

REPOSITORY_ROWS = 4
PAGE_SIZE = 50


@requires(PERSON)
@require_safe
def tokens(request: HubRequest) -> HttpResponse:
    user = person_of(request.actor)
    page = page_by_cursor(
        own_tokens(user), order=("-created_at", "-id"), cursor=request.GET.get("cursor"), limit=PAGE_SIZE
    )
    scopes = granted_scopes(user)
    applications = [
        (application, [SCOPES[name] for name in scopes.get(application.pk, []) if name in SCOPES])
        for application in connected_applications(user)
    ]
    return render(request, "users/accounts/tokens.html", {"page": page, "applications": applications})


@requires(PERSON)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_access
def new_token(request: HubRequest) -> HttpResponse:
    """Create a token and show its secret once."""
    user = person_of(request.actor)
    form, grants = TokenForm(request.POST or None), grant_forms(user, request.POST or None)
    every = [grant for group in grants.values() for grant in group]
    if request.method == "POST" and form.is_valid() and all(grant.is_valid() for grant in every):
        lines = chosen_grants(form, every)
        if not form.errors:
            facts = {
                "name": form.cleaned_data["name"],
                "role": form.cleaned_data["role"],
                "expires_at": form.expires_at,
            }
            token, raw = create_access_token(actor=request.actor, grants=lines, **facts)
            return render(request, "users/accounts/token_made.html", {"token": token, "raw": raw})
    status = 422 if request.method == "POST" else 200
    return render(request, "users/accounts/token_new.html", {"form": form, **grants}, status=status)


def grant_forms(user: User, data: Any) -> dict[str, list[forms.Form]]:
    """Return the forms of grants: for the user's namespaces, the organizations that they administer, and
    some for single repositories.
    """
    memberships = organizations_of(user)
    names = [user.username, *(membership.name for membership in memberships)]
    led = [membership.name for membership in memberships if membership.role == Role.ADMIN]
    return {
        "namespaces": [
            NamespaceGrantForm(data, namespace=name, prefix=f"namespace-{place}")
            for place, name in enumerate(names)
        ],
        "organizations": [
            OrganizationGrantForm(data, organization=name, prefix=f"organization-{place}")
            for place, name in enumerate(led)
        ],
        "repositories": [
            RepositoryGrantForm(data, prefix=f"repository-{place}") for place in range(REPOSITORY_ROWS)
        ],
    }


def chosen_grants(form: TokenForm, grants: list[forms.Form]) -> list[dict[str, Any]]:
    """Return the chosen grants; a fine-grained token without any is a form error."""
    if form.cleaned_data["role"] != TokenRole.FINE_GRAINED:
        return []
    lines = [line for grant in grants if (line := grant.grant())]  # type: ignore[attr-defined]
    if not lines:
        form.add_error("role", _("Select at least one permission below."))
    return lines


@requires(PERSON)
@require_POST
def revoke(request: HubRequest, token_id: UUID) -> HttpResponse:
    token = revoke_access_token(actor=request.actor, token_id=token_id)
    return post_response(request, "settings_tokens", _("Token %(name)s revoked.") % {"name": token.name})


@requires(PERSON)
@require_POST
def disconnect(request: HubRequest, client_id: str) -> HttpResponse:
    revoke_client(actor=request.actor, client_id=client_id)
    return post_response(request, "settings_tokens", _("Application access revoked."))
