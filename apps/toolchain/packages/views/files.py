"""Files of projects, and the metadata next to them."""

from __future__ import annotations

import base64

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.core.objects.folders import StoredObject
from apps.core.objects.serving import TEXT, serve_object
from apps.core.web.http import OCTETS, HubRequest
from apps.core.web.policies import requires
from apps.toolchain.upstream.folders import UPSTREAM
from apps.toolchain.upstream.models import UpstreamFile

from ..errors import FileNotFound, FileQuarantined
from ..folders import FILES, METADATA
from ..models import ProjectFile
from ..policies import PROJECT_FILE, UPSTREAM_FILE
from ..selectors.index import LISTED_SCANS
from ..services.downloads import count_download

# the bytes of a name never change
YEAR_SECONDS = 365 * 24 * 3600


@requires(PROJECT_FILE)
@require_safe
def download(request: HubRequest, file: ProjectFile) -> HttpResponseBase:
    """Send a file; a GET of the whole file counts as one download."""
    _check_open(file)
    response = serve_object(
        request,
        FILES.open(StoredObject(file.sha256, file.size)),
        filename=file.filename,
        etag=file.sha256,
        attachment=True,
        headers=_headers(file, file.sha256),
    )
    if request.method == "GET" and response.status_code in (200, 302):
        count_download(file)
    return response


@requires(PROJECT_FILE)
@require_safe
def metadata(request: HubRequest, file: ProjectFile) -> HttpResponseBase:
    """Send the core metadata of a wheel, which resolvers read instead of the file.

    source  PEP 658
    """
    _check_open(file)
    stored = getattr(file, "core_metadata", None)
    if stored is None:
        raise FileNotFound
    return serve_object(
        request,
        METADATA.open(StoredObject(stored.sha256, stored.size)),
        filename=f"{file.filename}.metadata",
        etag=stored.sha256,
        content_type=TEXT,
        headers=_headers(file, stored.sha256),
    )


@requires(UPSTREAM_FILE)
@require_safe
def upstream(request: HubRequest, file: UpstreamFile) -> HttpResponseBase:
    """Send a file of the upstream index, or its metadata, from the copy here."""
    return serve_object(
        request,
        UPSTREAM.open(StoredObject(file.sha256, file.size)),
        filename=file.filename,
        etag=file.sha256,
        content_type=TEXT if file.filename.endswith(".metadata") else OCTETS,
        attachment=True,
        headers={"Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable"},
    )


def _check_open(file: ProjectFile) -> None:
    """raises  FileQuarantined"""
    if file.version.project.is_quarantined or file.scan not in LISTED_SCANS:
        raise FileQuarantined


def _headers(file: ProjectFile, sha256: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    access = "private" if file.version.project.is_private else "public"
    return {
        "Cache-Control": f"{access}, max-age={YEAR_SECONDS}, immutable",
        "Repr-Digest": f"sha-256=:{digest}:",
    }
