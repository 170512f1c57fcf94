"""Releases in the form of GitHub's REST API, which download tools read.

It shows projects of the package index and their published releases, and nothing else.

source  GitHub REST API v3, "Releases"; PyGithub; mise; aqua
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.core.rest.fields import timestamp
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.toolchain.packages.errors import FileNotFound
from apps.toolchain.packages.models import Project

from ..errors import ReleaseNotFound
from ..links import asset_path
from ..models import Asset, Release
from ..policies import OWNED_PROJECT
from ..selectors import ORDER, latest_release, published_releases

PAGE, PAGE_LIMIT, PAGES_LIMIT = 30, 100, 1000


@requires(OWNED_PROJECT)
@require_safe
def repo(request: HubRequest, project: Project) -> HttpResponse:
    """Return a project in the form of a repository."""
    url = _api(project)
    return JsonResponse(
        {
            "id": project.pk,
            "name": project.key,
            "full_name": f"{project.namespace.name}/{project.key}",
            "private": project.is_private,
            "archived": project.status == "archived",
            "description": project.summary or None,
            "html_url": f"{settings.PUBLIC_URL}{project.get_absolute_url()}",
            "url": url,
            "releases_url": f"{url}/releases{{/id}}",
            "owner": _user(project.namespace.name, project.namespace_id),
            "created_at": timestamp(project.created_at),
            "updated_at": timestamp(project.updated_at),
            "default_branch": "main",
        }
    )


@requires(OWNED_PROJECT)
@require_safe
def releases(request: HubRequest, project: Project) -> HttpResponse:
    """List the published releases, the newest first, by ?page= and ?per_page=."""
    size = min(PAGE_LIMIT, max(1, _number(request, "per_page", PAGE)))
    number = min(PAGES_LIMIT, max(1, _number(request, "page", 1)))
    start = (number - 1) * size
    rows = list(published_releases(project).order_by(*ORDER)[start : start + size + 1])
    response = JsonResponse([_release(row) for row in rows[:size]], safe=False)
    links = [(number - 1, "prev")] if number > 1 else []
    links += [(number + 1, "next")] if len(rows) > size else []
    if links:
        base = f"{_api(project)}/releases?per_page={size}&page="
        response["Link"] = ", ".join(f'<{base}{page}>; rel="{word}"' for page, word in links)
    return response


@requires(OWNED_PROJECT)
@require_safe
def latest(request: HubRequest, project: Project) -> HttpResponse:
    """Return the release that was published last, without pre-releases."""
    release = latest_release(project)
    if release is None:
        raise ReleaseNotFound
    return JsonResponse(_release(release))


@requires(OWNED_PROJECT)
@require_safe
def by_tag(request: HubRequest, project: Project, tag: str) -> HttpResponse:
    return JsonResponse(_release(_one(project, tag=tag)))


@requires(OWNED_PROJECT)
@require_safe
def by_id(request: HubRequest, project: Project, release_id: int) -> HttpResponse:
    return JsonResponse(_release(_one(project, pk=release_id)))


@requires(OWNED_PROJECT)
@require_safe
def assets(request: HubRequest, project: Project, release_id: int) -> HttpResponse:
    """List the files of a release."""
    release = _one(project, pk=release_id)
    page = page_by_cursor(release.assets.all(), order=("id",), cursor=None, limit=PAGE_LIMIT)
    found = [_asset(release, asset) for asset in page.items]
    return JsonResponse(found if _number(request, "page", 1) <= 1 else [], safe=False)


@requires(OWNED_PROJECT)
@require_safe
def asset(request: HubRequest, project: Project, asset_id: int) -> HttpResponse:
    """Return a file's facts; with `Accept: application/octet-stream`, a redirect to its bytes."""
    rows = Asset.objects.filter(release__in=published_releases(project).values("pk"), pk=asset_id)
    found = rows.select_related("release__project__namespace").first()
    if found is None:
        raise FileNotFound
    if request.headers.get("Accept", "") == "application/octet-stream":
        return HttpResponse(status=302, headers={"Location": _download_url(found.release, found)})
    return JsonResponse(_asset(found.release, found))


def _one(project: Project, **which: Any) -> Release:
    found = published_releases(project).filter(**which).first()
    if found is None:
        raise ReleaseNotFound
    return found


def _number(request: HubRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else default


def _api(project: Project) -> str:
    return f"{settings.PUBLIC_URL}/api/v3/repos/{project.namespace.name}/{project.key}"


def _user(name: str, pk: int | None) -> dict[str, Any]:
    return {"login": name, "id": pk or 0, "type": "User", "html_url": f"{settings.PUBLIC_URL}/{name}"}


def _release(release: Release) -> dict[str, Any]:
    url = f"{_api(release.project)}/releases/{release.pk}"
    author = release.created_by
    return {
        "id": release.pk,
        "url": url,
        "assets_url": f"{url}/assets",
        "html_url": f"{settings.PUBLIC_URL}{release.get_absolute_url()}",
        "tag_name": release.tag,
        "target_commitish": "main",
        "name": release.name,
        "body": release.notes,
        "draft": False,
        "prerelease": release.is_prerelease,
        "immutable": True,
        "created_at": timestamp(release.created_at),
        "published_at": timestamp(release.published_at),
        "author": _user(author.username, author.pk) if author else _user("ghost", None),
        "assets": [_asset(release, asset) for asset in release.assets.all()],
    }


def _asset(release: Release, asset: Asset) -> dict[str, Any]:
    return {
        "id": asset.pk,
        "url": f"{_api(release.project)}/releases/assets/{asset.pk}",
        "name": asset.name,
        "label": None,
        "state": "uploaded",
        "content_type": "application/octet-stream",
        "size": asset.size,
        "digest": f"sha256:{asset.sha256}",
        "download_count": asset.downloads,
        "created_at": timestamp(asset.uploaded_at),
        "updated_at": timestamp(asset.uploaded_at),
        "browser_download_url": _download_url(release, asset),
    }


def _download_url(release: Release, asset: Asset) -> str:
    return f"{settings.PUBLIC_URL}{asset_path(release, asset.name)}"
