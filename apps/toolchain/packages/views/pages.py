"""The list of tools, and the page of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.actor import Actor, Need
from apps.core.web.actions import refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.users.accounts.models import Namespace
from apps.users.accounts.policies import PERSON

from ..access import may
from ..errors import VersionNotFound
from ..forms import NewProjectForm
from ..models import Project, ProjectVersion, Step
from ..names import project_key
from ..policies import INDEX, PROJECT_READ
from ..presenters import about, install_lines, links_of, publish_lines, requirements_of
from ..rendering import render_description
from ..selectors.projects import (
    ORDERS,
    download_sums,
    downloads_by_day,
    files_of,
    maintainers_of,
    projects_for,
    similar_names,
    step_counts,
    versions_of,
)
from ..services.projects import create_project

PAGE_PROJECTS, VERSIONS_SHOWN = 30, 12


@requires(INDEX)
@require_safe
def tools(request: HubRequest) -> HttpResponse:
    """List tools, of one step of the trade if the query names it."""
    step, sort = request.GET.get("step", ""), request.GET.get("sort", "downloads")
    rows = projects_for(
        request.actor,
        step=step if step in Step.values else "",
        owner=request.GET.get("owner", ""),
        query=request.GET.get("q", ""),
    ).exclude(latest="")
    order = ORDERS.get(sort, ORDERS["downloads"])
    page = page_by_cursor(rows, order=order, cursor=request.GET.get("cursor"), limit=PAGE_PROJECTS)
    facts = {
        "projects": page.items,
        "next": page.next_cursor,
        "steps": list(step_counts(request.actor).items()),
        "step": step,
        "sort": sort if sort in ORDERS else "downloads",
    }
    return render(request, "toolchain/packages/tools.html", facts)


def owners_for(actor: Actor) -> list[tuple[str, str]]:
    """Return the names in which the actor can create projects."""
    rows = Namespace.objects.filter(pk__in=actor.namespaces_with(Need.WRITE)).order_by("key")
    return [(row.name, row.name) for row in rows]


@requires(PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def new_project(request: HubRequest) -> HttpResponse:
    """Create an empty project, after a warning if its name resembles others."""
    form = NewProjectForm(request.POST or None, owners=owners_for(request.actor))
    similar: list[str] = []
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        similar = [] if facts.pop("is_confirmed") else similar_names(project_key(facts["name"]))
        if not similar:
            with refusals_on_form(form, "name"):
                return redirect(create_project(actor=request.actor, **facts))
    status = 422 if request.method == "POST" else 200
    return render(request, "toolchain/packages/new.html", {"form": form, "similar": similar}, status=status)


@requires(PROJECT_READ)
@require_safe
def project(request: HubRequest, project: Project) -> HttpResponse:
    """Show the latest version of a project."""
    versions = versions_of(project)
    latest = next((row for row in versions if row.version == project.latest), None)
    return _page(request, project, latest, versions)


@requires(PROJECT_READ)
@require_safe
def version(request: HubRequest, project: Project, version: str) -> HttpResponse:
    """Show one version of a project."""
    versions = versions_of(project)
    found = next((row for row in versions if row.version == version), None)
    if found is None:
        raise VersionNotFound
    return _page(request, project, found, versions)


def _page(
    request: HubRequest, project: Project, version: ProjectVersion | None, versions: list[ProjectVersion]
) -> HttpResponse:
    facts: dict[str, Any] = {
        **project_facts(request, project),
        "version": version,
        "versions": versions[:VERSIONS_SHOWN],
        "version_count": len(versions),
        "is_latest": version is not None and version.version == project.latest,
        "sums": download_sums(project),
        "days": [count for _day, count in downloads_by_day(project)],
        "maintainers": list(maintainers_of(project)[:VERSIONS_SHOWN]),
    }
    if version is not None:
        facts["files"] = files_of(version)
        facts["description"] = render_description(version.description, version.description_type)
        facts["install"] = install_lines(project, version, is_latest=facts["is_latest"])
        facts |= {
            "facts": about(version),
            "links": links_of(version),
            "requirements": requirements_of(version),
        }
    return render(request, "toolchain/packages/project.html", facts)


def project_facts(request: HubRequest, project: Project) -> dict[str, Any]:
    """Return the context that the pages of a project share."""
    return {
        "project": project,
        "publish": publish_lines(),
        "is_publisher": may(request.actor, Need.WRITE, project),
        "is_admin": may(request.actor, Need.ADMIN, project),
    }


@requires(PROJECT_READ)
@require_safe
def all_versions(request: HubRequest, project: Project) -> HttpResponse:
    """List all versions of a project."""
    facts = {**project_facts(request, project), "versions": versions_of(project)}
    return render(request, "toolchain/packages/versions.html", facts)
