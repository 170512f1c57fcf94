"""Atom and JSON feeds: new versions of all projects, new projects, versions of one project."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.web.feeds import Feed, FeedForm, Item, feed_response, tag_uri, with_basic_challenge
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..models import Project, ProjectVersion
from ..policies import INDEX, PROJECT_READ
from ..selectors.projects import new_versions, projects_for

SHOWN = 40
# date of the tag URI (RFC 4151): any date works, but it must never change
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def _url(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def _tag(*parts: str) -> str:
    host = str(settings.PUBLIC_URL).partition("://")[2].partition("/")[0]
    return tag_uri(host, BEGAN, "packages", *parts)


@with_basic_challenge
@requires(INDEX)
@require_safe
def versions(request: HubRequest, form: FeedForm) -> HttpResponse:
    """Return the newest versions of all projects that the reader may see."""
    rows = new_versions(request.actor)[:SHOWN]
    return _response(request, form, "versions", _("New versions"), "/tools", map(_version_item, rows))


@with_basic_challenge
@requires(INDEX)
@require_safe
def projects(request: HubRequest, form: FeedForm) -> HttpResponse:
    """Return the newest projects, of one person or organization with ?author=."""
    rows = projects_for(request.actor, owner=request.GET.get("author", ""))
    items = map(_project_item, rows.order_by("-created_at", "-id")[:SHOWN])
    return _response(request, form, "projects", _("New tools"), "/tools", items)


@with_basic_challenge
@requires(PROJECT_READ)
@require_safe
def project_versions(request: HubRequest, project: Project, form: FeedForm) -> HttpResponse:
    """Return the newest versions of a project."""
    rows = new_versions(request.actor, project)[:SHOWN]
    key, home = f"project/{project.key}", project.get_absolute_url()
    return _response(request, form, key, project.name, home, map(_version_item, rows))


def _version_item(version: ProjectVersion) -> Item:
    return Item(
        id=_tag("version", str(version.pk)),
        url=_url(version.get_absolute_url()),
        title=f"{version.project.name} {version.version}",
        at=version.created_at,
        summary=version.summary,
        author=version.project.namespace.name,
    )


def _project_item(project: Project) -> Item:
    return Item(
        id=_tag("project", str(project.pk)),
        url=_url(project.get_absolute_url()),
        title=project.name,
        at=project.created_at,
        summary=project.summary,
        author=project.namespace.name,
    )


def _response(
    request: HubRequest, form: FeedForm, key: str, title: str, home: str, items: Iterable[Item]
) -> HttpResponse:
    feed = Feed(
        id=_tag(key),
        title=f"{title} · {settings.SITE_NAME}",
        home_url=_url(home),
        feed_url=_url(request.get_full_path()),
        began=BEGAN,
        items=list(items),
    )
    return feed_response(request, feed, form)
