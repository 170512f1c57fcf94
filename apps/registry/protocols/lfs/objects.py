"""Upload and download of large objects by signed URL, in one request or in parts."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.errors import NotFound
from apps.core.objects.serving import serve_object
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest, body_blocks, declared_length
from apps.core.web.policies import PUBLIC, requires
from apps.registry.blobs.errors import UploadNotFound
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for
from apps.registry.blobs.services import UploadContext, finish_multipart, store_blob, store_part
from apps.registry.contents.services.quota import check_quota
from apps.registry.repos.models import Repo

from .errors import CONTENT_TYPE
from .parsing import BODY_LIMIT_BYTES, read_json, read_parts
from .policies import LFS_DOWNLOAD, LFS_PARTS, LFS_UPLOAD, LFS_VERIFY
from .signed_urls import SignedAccess


@takes_body(lambda: settings.UPLOAD_LIMIT_BYTES)
@requires(LFS_DOWNLOAD, PUT=LFS_UPLOAD)
@require_http_methods(["GET", "HEAD", "PUT"])
def one_object(request: HubRequest, access: SignedAccess) -> HttpResponseBase:
    """Upload an object in one request, or download it, optionally by range."""
    if request.method == "PUT":
        return _put(request, access)
    found = object_for(access.repo_key, access.name, committed=True)
    if found is None:
        raise NotFound(_("Object not found in this repository."))
    return serve_object(
        request,
        ObjectReader(found),
        filename=access.name,
        etag=access.name,
        attachment=True,
        headers={"Cache-Control": "private"},
    )


def _put(request: HubRequest, access: SignedAccess) -> HttpResponse:
    context = UploadContext(access.repo_key, access.user_id)
    # Several URLs may have been signed while the quota had space for only one of them.
    check_quota(_repo_of(access), access.size)
    store_blob(context, sha256=access.name, size=access.size, blocks=body_blocks(request, limit=access.size))
    return HttpResponse(status=200)


def _repo_of(access: SignedAccess) -> Repo:
    """raises  NotFound if it was deleted after the URL was signed"""
    repo = Repo.objects.filter(pk=access.repo_key, deleted_at=None).first()
    if repo is None:
        raise NotFound(_("The repository of this upload no longer exists."))
    return repo


@takes_body(lambda: settings.UPLOAD_LIMIT_BYTES)
@requires(LFS_PARTS)
@require_http_methods(["PUT"])
def one_part(request: HubRequest, access: SignedAccess, number: str) -> HttpResponse:
    check_quota(_repo_of(access), declared_length(request) or 1)
    etag = store_part(
        access.repo_key, UUID(access.name), int(number), body_blocks(request, limit=access.size)
    )
    return HttpResponse(status=200, headers={"ETag": f'"{etag}"'})


@takes_body(BODY_LIMIT_BYTES)
@requires(LFS_PARTS)
@require_POST
def finish(request: HubRequest, access: SignedAccess) -> JsonResponse:
    """Complete a multipart upload."""
    stored = finish_multipart(
        UploadContext(access.repo_key, access.user_id), UUID(access.name), read_parts(request)
    )
    return JsonResponse({"oid": stored.sha256, "size": stored.size}, content_type=CONTENT_TYPE)


@requires(LFS_VERIFY)
@require_POST
def verify(request: HubRequest, access: SignedAccess) -> JsonResponse:
    """Confirm that an uploaded object is stored."""
    oid = str(read_json(request).get("oid", ""))
    access.check_name(oid)
    found = object_for(access.repo_key, oid)
    if found is None or found.size != access.size:
        raise UploadNotFound(_("The object has not been uploaded."))
    return JsonResponse({"oid": oid, "size": found.size}, content_type=CONTENT_TYPE)


@requires(PUBLIC)
def unsupported(request: HubRequest, **address: str | None) -> HttpResponse:
    """Answer 404 to any other route; git-lfs then does without it."""
    raise NotFound(_("This endpoint is not supported."))
