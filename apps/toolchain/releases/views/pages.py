"""Pages of releases."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.actor import Need
from apps.core.text.rendering import render_cached
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.core.web.spooled_uploads import SpooledUpload, SpoolHandler
from apps.toolchain.packages.access import may
from apps.toolchain.packages.models import Project
from apps.toolchain.packages.policies import PROJECT_READ, PROJECT_WRITE

from ..errors import ReleaseNotFound
from ..forms import NewReleaseForm, ReleaseForm
from ..links import asset_path, sums_path
from ..models import Release
from ..policies import RELEASE_READ, RELEASE_WRITE
from ..selectors import ORDER, latest_release, releases_of
from ..services.assets import delete_asset, put_asset
from ..services.releases import create_release, delete_release, publish_release, update_release

PAGE_RELEASES = 10


def _facts(request: HubRequest, project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "is_publisher": may(request.actor, Need.WRITE, project),
        "is_admin": may(request.actor, Need.ADMIN, project),
    }


def _card(release: Release) -> dict[str, Any]:
    """Return what a card of a release shows."""
    files = [(asset, asset_path(release, asset.name)) for asset in release.assets.all()]
    notes = render_cached(release.notes)
    return {"release": release, "files": files, "sums": sums_path(release), "notes": notes}


@requires(PROJECT_READ)
@require_safe
def releases(request: HubRequest, project: Project) -> HttpResponse:
    """List the releases of a project, the newest first."""
    rows = releases_of(request.actor, project)
    page = page_by_cursor(rows, order=ORDER, cursor=request.GET.get("cursor"), limit=PAGE_RELEASES)
    latest = latest_release(project)
    facts = {
        **_facts(request, project),
        "cards": [_card(release) for release in page.items],
        "next": page.next_cursor,
        "latest": latest.pk if latest else None,
    }
    return render(request, "toolchain/releases/list.html", facts)


@requires(PROJECT_READ)
@require_safe
def latest(request: HubRequest, project: Project) -> HttpResponse:
    """Redirect to the latest release."""
    release = latest_release(project)
    if release is None:
        raise ReleaseNotFound
    return redirect(release)


@requires(PROJECT_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_release(request: HubRequest, project: Project) -> HttpResponse:
    form = NewReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, "tag"):
            return redirect(create_release(actor=request.actor, name=project.key, **form.cleaned_data))
    status = 422 if request.method == "POST" else 200
    return render(
        request, "toolchain/releases/new.html", {**_facts(request, project), "form": form}, status=status
    )


@requires(RELEASE_READ)
@require_safe
def release(request: HubRequest, release: Release) -> HttpResponse:
    """Show a release; to its publishers, what they can change."""
    latest = latest_release(release.project)
    facts = {
        **_facts(request, release.project),
        **_card(release),
        "card": _card(release),
        "latest": latest.pk if latest else None,
        "form": ReleaseForm(initial=release.__dict__),
    }
    return render(request, "toolchain/releases/release.html", facts)


@requires(RELEASE_WRITE)
@require_POST
def edit(request: HubRequest, release: Release) -> HttpResponse:
    form = ReleaseForm(request.POST)
    if form.is_valid():
        update_release(actor=request.actor, name=release.project.key, tag=release.tag, **form.cleaned_data)
        return post_response(request, release, _("Saved."))
    facts = {**_facts(request, release.project), **_card(release), "card": _card(release), "form": form}
    return render(request, "toolchain/releases/release.html", facts, status=422)


@csrf_exempt
@takes_body(lambda: int(settings.PACKAGE_FILE_LIMIT_BYTES))
@requires(RELEASE_WRITE)
@require_POST
def upload(request: HubRequest, release: Release) -> HttpResponse:
    """Add files to a draft; the body is read after the permission is checked."""
    request.upload_handlers = [SpoolHandler(settings.PACKAGE_FILE_LIMIT_BYTES)]
    answer: HttpResponse = _add_files(request, release)
    return answer


@csrf_protect
def _add_files(request: HubRequest, release: Release) -> HttpResponse:
    for one in request.FILES.getlist("files"):
        file = cast(SpooledUpload, one)
        with refusals_as_messages(request):
            put_asset(
                actor=request.actor,
                name=release.project.key,
                tag=release.tag,
                filename=file.name or "",
                blocks=file.chunks(1 << 20),
                sha256=file.sha256,
            )
    return post_response(request, release)


@requires(RELEASE_WRITE)
@require_POST
def remove_asset(request: HubRequest, release: Release, filename: str) -> HttpResponse:
    delete_asset(actor=request.actor, name=release.project.key, tag=release.tag, filename=filename)
    return post_response(request, release, _("%(filename)s removed.") % {"filename": filename})


@requires(RELEASE_WRITE)
@require_POST
def publish(request: HubRequest, release: Release) -> HttpResponse:
    with refusals_as_messages(request):
        publish_release(actor=request.actor, name=release.project.key, tag=release.tag)
        return post_response(request, release, _("%(tag)s is published.") % {"tag": release.tag})
    return post_response(request, release)


@requires(RELEASE_WRITE)
@require_POST
def remove(request: HubRequest, release: Release) -> HttpResponse:
    """Delete a release whose tag was typed."""
    if request.POST.get("confirm", "") != release.tag:
        return post_response(request, release)
    delete_release(actor=request.actor, name=release.project.key, tag=release.tag)
    to = f"{release.project.get_absolute_url()}/releases"
    return post_response(request, to, _("%(tag)s deleted.") % {"tag": release.tag})
