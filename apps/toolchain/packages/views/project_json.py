"""The JSON of a project, which dependency bots read first.

source  Warehouse "JSON API"
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.core.web.etags import matches_etag
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..errors import VersionNotFound
from ..links import file_path
from ..models import Project, ProjectFile, ProjectVersion
from ..policies import INDEX_PROJECT
from ..presenters.simple import upload_time
from ..selectors.index import LISTED_SCANS
from ..selectors.projects import DownloadSums, download_sums

FIELDS = (
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "home_page",
    "download_url",
    "license",
    "license_expression",
)
LISTS = ("classifiers", "license_files", "dynamic")
NULLABLE = ("requires_dist", "provides_extra", "project_urls")


@requires(INDEX_PROJECT)
@require_safe
def project_json(request: HubRequest, project: Project) -> HttpResponse:
    """Return the metadata of the latest version, and the files of all versions."""
    return _response(request, project, _version(project, project.latest), with_releases=True)


@requires(INDEX_PROJECT)
@require_safe
def version_json(request: HubRequest, project: Project, version: str) -> HttpResponse:
    """Return the metadata and the files of one version."""
    return _response(request, project, _version(project, version), with_releases=False)


def _version(project: Project, version: str) -> ProjectVersion:
    found = project.versions.filter(version=version).first()
    if found is None:
        raise VersionNotFound
    return found


def _response(
    request: HubRequest, project: Project, version: ProjectVersion, *, with_releases: bool
) -> HttpResponse:
    tag = f'"{project.pk}-{project.serial}-{version.pk}-{project.downloads}"'
    if matches_etag(request.headers.get("If-None-Match"), tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    files = _files(project, None if with_releases else version)
    body: dict[str, Any] = {
        "info": _info(project, version, download_sums(project)),
        "last_serial": project.serial,
        "urls": files.get(version.version, []),
        "vulnerabilities": [],
    }
    if with_releases:
        names = project.versions.order_by("id").values_list("version", flat=True)
        body["releases"] = {name: files.get(name, []) for name in names}
    response = JsonResponse(body)
    response["ETag"], response["X-PyPI-Last-Serial"] = tag, str(project.serial)
    return response


def _info(project: Project, version: ProjectVersion, sums: DownloadSums) -> dict[str, Any]:
    details, page = version.details, f"{settings.PUBLIC_URL}{project.get_absolute_url()}"
    return {
        "name": project.name,
        "version": version.version,
        "summary": version.summary,
        "description": version.description,
        "description_content_type": version.description_type or None,
        "keywords": ",".join(details.get("keywords", [])) or None,
        **{name: details.get(name) or None for name in FIELDS},
        **{name: details.get(name) or [] for name in LISTS},
        **{name: details.get(name) or None for name in NULLABLE},
        "requires_python": version.requires_python or None,
        "platform": ", ".join(details.get("platforms", [])) or None,
        "bugtrack_url": None,
        "docs_url": None,
        "package_url": page,
        "project_url": page,
        "release_url": f"{settings.PUBLIC_URL}{version.get_absolute_url()}",
        "yanked": version.is_yanked,
        "yanked_reason": version.yanked_reason or None,
        "downloads": {"last_day": sums.last_day, "last_week": sums.last_week, "last_month": sums.last_month},
    }


def _files(project: Project, version: ProjectVersion | None) -> dict[str, list[dict[str, Any]]]:
    """Return the files by version, of one version if it is given."""
    if project.is_quarantined:
        return {}
    rows = ProjectFile.objects.filter(version__project=project, scan__in=LISTED_SCANS)
    if version is not None:
        rows = rows.filter(version=version)
    found: dict[str, list[dict[str, Any]]] = {}
    for file in (
        rows.select_related("version").defer("version__description", "version__details").order_by("id")
    ):
        found.setdefault(file.version.version, []).append(_file(project, file))
    return found


def _file(project: Project, file: ProjectFile) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "url": f"{settings.PUBLIC_URL}{file_path(project.key, file.filename)}",
        "digests": {"sha256": file.sha256, "blake2b_256": file.blake2_256},
        "packagetype": file.kind,
        "python_version": file.python_tag,
        "requires_python": file.requires_python or None,
        "size": file.size,
        "upload_time": upload_time(file.uploaded_at)[:19],
        "upload_time_iso_8601": upload_time(file.uploaded_at),
        "has_sig": False,
        "comment_text": "",
        "downloads": file.downloads,
        "yanked": file.version.is_yanked,
        "yanked_reason": file.version.yanked_reason or None,
    }
