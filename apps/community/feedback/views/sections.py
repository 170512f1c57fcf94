"""The section of ideas on the page of a person or an organization."""

from __future__ import annotations

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from apps.core.declaration import OwnNamespace, ProfileSection
from apps.core.web.http import HubRequest

from ..models import Idea
from ..presenters import idea_rows
from ..selectors.ideas import NEW_ORDER, ideas_of_namespace

SHOWN = 5


def _ideas(request: HubRequest, namespace: OwnNamespace) -> QuerySet[Idea]:
    return ideas_of_namespace(request.actor, namespace.pk)


def _count(request: HubRequest, namespace: OwnNamespace) -> int:
    return _ideas(request, namespace).count()


def _render(request: HubRequest, namespace: OwnNamespace) -> str:
    """Return the newest ideas; nothing without any."""
    rows = idea_rows(request.actor, list(_ideas(request, namespace).order_by(*NEW_ORDER)[:SHOWN]))
    return render_to_string("community/feedback/_profile.html", {"rows": rows}, request) if rows else ""


SECTIONS = [ProfileSection(key="ideas", label=_("Ideas"), order=320, count=_count, render=_render)]
