"""Profile pages of people and organizations."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Window
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.core.actor import Need
from apps.core.text.rendering import render_cached
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from ..models import Namespace
from ..policies import NAMESPACE
from ..presenters import feeds_of, sections_of
from ..selectors import members_of, organizations_of

SHOWN_MEMBERS = 12


@requires(NAMESPACE)
@require_safe
def profile(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """Show a namespace. Former names and other spellings redirect."""
    if is_former_name(request, namespace):
        return redirect(namespace)
    context = {
        **_people_context(namespace),
        **_profile_context(request, namespace),
        "tab": "overview",
        "sections": sections_of(request, namespace),
        "feeds": feeds_of(namespace),
    }
    return render(request, "users/accounts/profile.html", context)


def is_former_name(request: HubRequest, namespace: Namespace) -> bool:
    """Return whether the URL spells the name in another way or uses a former one."""
    return request.resolver_match is not None and request.resolver_match.kwargs["name"] != namespace.name


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
    counted = members_of(namespace).annotate(total=Window(Count("*")))
    shown = list(counted.order_by("-role", "user__namespace__key")[:SHOWN_MEMBERS])
    return {
        "members": shown,
        "member_count": shown[0].total if shown else 0,
    }


@requires(NAMESPACE)
@require_safe
def members(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """List the members of an organization."""
    if is_former_name(request, namespace) or not namespace.is_organization:
        return redirect(namespace)
    rows = members_of(namespace).annotate(key=F("user__namespace__key"))
    page = page_by_cursor(rows, order=("key",), cursor=request.GET.get("cursor"), limit=50)
    return render(
        request,
        "users/accounts/members.html",
        {**_profile_context(request, namespace), "page": page, "tab": "members"},
    )
