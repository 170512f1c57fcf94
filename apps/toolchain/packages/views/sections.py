"""The section of tools on the page of a person or an organization."""

from __future__ import annotations

from urllib.parse import quote

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from apps.core.declaration import OwnNamespace, ProfileSection
from apps.core.web.http import HubRequest

from ..models import Project
from ..selectors.projects import ORDERS, projects_for

SHOWN = 6


def _projects(request: HubRequest, namespace: OwnNamespace) -> QuerySet[Project]:
    return projects_for(request.actor, owner=namespace.name).exclude(latest="")


def _count(request: HubRequest, namespace: OwnNamespace) -> int:
    return _projects(request, namespace).count()


def _render(request: HubRequest, namespace: OwnNamespace) -> str:
    rows = list(_projects(request, namespace).order_by(*ORDERS["downloads"])[:SHOWN])
    return render_to_string("toolchain/packages/_projects.html", {"projects": rows}, request) if rows else ""


SECTIONS = [
    ProfileSection(
        key="tools",
        label=_("Tools"),
        order=150,
        count=_count,
        render=_render,
        path=lambda namespace: f"/tools?owner={quote(namespace.name)}",
    )
]
