"""Profile pages of people and organizations."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.core.actor import Need
from apps.core.text.rendering import render_cached
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, requires

from ..access import namespace_by_name
from ..models import Namespace
from ..presenters import feeds_of, sections_of
from ..selectors import members_of, organizations_of

SHOWN_MEMBERS = 12


@requires(PUBLIC)
@require_safe
def profile(request: HubRequest, name: str) -> HttpResponse:
    """Show a namespace. Former names and other spellings redirect."""
    namespace = namespace_by_name(name)
    if namespace.name != name:
        return redirect(namespace)
    context = {
        **_people_context(namespace),
        **_profile_context(request, namespace),
        "tab": "overview",
        "sections": sections_of(request, namespace),
        "feeds": feeds_of(namespace),
    }
    return render(request, "users/profile.html", context)


def _profile_context(request: HubRequest, namespace: Namespace) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "about": render_cached(namespace.about, base_url=f"/{namespace.name}/") if namespace.about else "",
        "is_own": namespace.pk == request.actor.namespace_id,
        "may_manage": request.actor.can(Need.ADMIN, namespace.pk, f"namespace:{namespace.key}"),
        "is_member": namespace.is_organization and namespace.pk in request.actor.roles,
    }


def _people_context(namespace: Namespace) -> dict[str, Any]:
    if not namespace.is_organization:
        return {"organizations": organizations_of(namespace.person)}
    members = members_of(namespace)
    return {
        "members": members.order_by("-role", "user__namespace__key")[:SHOWN_MEMBERS],
        "member_count": members.count(),
    }


@requires(PUBLIC)
@require_safe
def members(request: HubRequest, name: str) -> HttpResponse:
    """List the members of an organization."""
    namespace = namespace_by_name(name)
    if namespace.name != name or not namespace.is_organization:
        return redirect(namespace)
    rows = members_of(namespace).annotate(key=F("user__namespace__key"))
    page = page_by_cursor(rows, order=("key",), cursor=request.GET.get("cursor"), limit=50)
    return render(
        request,
        "users/members.html",
        {**_profile_context(request, namespace), "page": page, "tab": "members"},
    )
