"""Downloads of the files of releases."""

from __future__ import annotations

import base64

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.core.objects.folders import StoredObject
from apps.core.objects.serving import serve_object
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.toolchain.packages.errors import FileNotFound, FileQuarantined
from apps.toolchain.packages.models import Project
from apps.toolchain.packages.policies import PROJECT_READ

from ..errors import ReleaseNotFound
from ..folders import ASSETS
from ..links import asset_path, sums_path
from ..models import Asset, Release
from ..names import SUMS
from ..policies import RELEASE_FILE, RELEASE_READ
from ..selectors import latest_release, sums_of
from ..services.assets import count_asset_download

YEAR_SECONDS = 365 * 24 * 3600


@requires(RELEASE_FILE)
@require_safe
def download(request: HubRequest, asset: Asset) -> HttpResponseBase:
    """Send a file, whole or by range; a GET of the whole file counts as one download."""
    project = asset.release.project
    if project.is_quarantined:
        raise FileQuarantined
    access = "private, no-cache" if asset.release.is_draft or project.is_private else "public, immutable"
    digest = base64.b64encode(bytes.fromhex(asset.sha256)).decode()
    response = serve_object(
        request,
        ASSETS.open(StoredObject(asset.sha256, asset.size)),
        filename=asset.name,
        etag=asset.sha256,
        attachment=True,
        headers={
            "Cache-Control": f"{access}, max-age={YEAR_SECONDS}" if "public" in access else access,
            "Repr-Digest": f"sha-256=:{digest}:",
            "Digest": f"sha-256={digest}",
        },
    )
    if request.method == "GET" and response.status_code in (200, 302):
        count_asset_download(asset)
    return response


@requires(RELEASE_READ)
@require_safe
def sums(request: HubRequest, release: Release) -> HttpResponse:
    """Return the SHA-256 of all files, as `sha256sum -c` reads them."""
    return HttpResponse(sums_of(release), content_type="text/plain; charset=utf-8")


@requires(PROJECT_READ)
@require_safe
def latest_file(request: HubRequest, project: Project, filename: str) -> HttpResponse:
    """Redirect to a file of the latest release."""
    release = latest_release(project)
    if release is None:
        raise ReleaseNotFound
    if filename == SUMS:
        return HttpResponseRedirect(sums_path(release))
    asset = release.assets.filter(name=filename).first()
    if asset is None:
        raise FileNotFound
    return HttpResponseRedirect(asset_path(release, asset.name))
