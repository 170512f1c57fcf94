"""The batch route: upload and download URLs of large objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.actor import Need
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import objects_for
from apps.registry.blobs.services import UploadContext, begin_multipart, part_addresses, revive_objects
from apps.registry.contents.services.quota import check_quota
from apps.registry.repos.access import check_may
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ

from .errors import CONTENT_TYPE
from .parsing import BODY_LIMIT_BYTES, Batch, BatchObject, read_batch
from .signed_urls import DOWNLOAD, DOWNLOAD_SECONDS, PARTS, UPLOAD, UPLOAD_SECONDS, SignedAccess

BASIC, MULTIPART, XET = "basic", "multipart", "xet"


@takes_body(BODY_LIMIT_BYTES)
@requires(REPO_READ)
@require_POST
def batch(request: HubRequest, repo: Repo) -> JsonResponse:
    """source  https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md; hub-api.md section 3.4"""
    parsed = read_batch(request)
    need = Need.WRITE if parsed.operation == "upload" else Need.READ
    check_may(request.actor, need, repo)
    stored = objects_for(repo.pk, [one.oid for one in parsed.objects if not one.problem])
    transfer = BASIC if need is Need.READ else choose_transfer(request, parsed)
    rows = BatchRows(request, repo, stored, transfer)
    if need is Need.WRITE:
        # The client will not upload these again: keep them from garbage collection until its commit arrives.
        revive_objects(repo.pk, stored)
        missing = [one for one in parsed.objects if not one.problem and one.oid not in stored]
        check_quota(repo, sum(one.size for one in missing))
    row_of = rows.upload if need is Need.WRITE else rows.download
    objects = [row_of(one) for one in parsed.objects]
    body = {"transfer": transfer, "objects": objects, "hash_algo": parsed.hash_algo}
    return JsonResponse(body, content_type=CONTENT_TYPE)


def choose_transfer(request: HubRequest, parsed: Batch) -> str:
    """Return the transfer for an upload: Xet for older Python clients, multipart for very large objects.

    source  xet.md section 6.3: the JavaScript client is several times faster by plain LFS than by Xet
    """
    if XET in parsed.transfers and "hf_hub/" in request.headers.get("User-Agent", ""):
        return XET
    largest = max((one.size for one in parsed.objects if not one.problem), default=0)
    is_multipart = MULTIPART in parsed.transfers and largest > settings.LFS_MULTIPART_FROM_BYTES
    return MULTIPART if is_multipart else BASIC


@dataclass(frozen=True, slots=True)
class BatchRows:
    """Builds the objects of a batch response."""

    request: HubRequest
    repo: Repo
    stored: dict[str, RepoObject]
    transfer: str

    def download(self, object_: BatchObject) -> dict[str, Any]:
        found = self.stored.get(object_.oid)
        if object_.problem:
            return error_row(object_, 422, object_.problem)
        if found is None or found.committed_at is None:
            return error_row(object_, 404, _("Object not found in this repository."))
        href = ObjectReader(found).download_url() or self._signed_access(object_).address(
            self.request, self._path("lfs-object", object_.oid), DOWNLOAD
        )
        return object_row(object_, {"download": {"href": href, "expires_in": DOWNLOAD_SECONDS}})

    def upload(self, object_: BatchObject) -> dict[str, Any]:
        found = self.stored.get(object_.oid)
        if object_.problem:
            return error_row(object_, 422, object_.problem)
        if found is not None:
            if found.size == object_.size:
                return object_row(object_, None)
            mismatch = _("The stored object has %(size)s bytes.") % {"size": found.size}
            return error_row(object_, 422, mismatch)
        if self.transfer == XET:
            return object_row(object_, {"upload": {"href": self._xet_token(), "header": {}}})
        verify = {
            "href": self._signed_access(object_).address(self.request, self._path("lfs-verify"), UPLOAD)
        }
        is_multipart = self.transfer == MULTIPART and object_.size
        send = self._multipart(object_) if is_multipart else self._single(object_)
        return object_row(object_, {"upload": send, "verify": verify})

    def _single(self, object_: BatchObject) -> dict[str, Any]:
        href = self._signed_access(object_).address(
            self.request, self._path("lfs-object", object_.oid), UPLOAD
        )
        return {"href": href, "expires_in": UPLOAD_SECONDS}

    def _multipart(self, object_: BatchObject) -> dict[str, Any]:
        """Return the upload action of a multipart upload.

        The header must contain only chunk_size and part numbers: clients take any other key for a part.
        """
        upload = begin_multipart(
            UploadContext(self.repo.pk, self.request.actor.user_id), sha256=object_.oid, size=object_.size
        )
        access = SignedAccess(self.repo.pk, str(upload.pk), object_.size, self.request.actor.user_id)
        whole = access.address(self.request, self._path("lfs-upload", str(upload.pk)), PARTS)
        path, _separator, query = whole.partition("?")
        direct = part_addresses(upload, seconds=UPLOAD_SECONDS)
        urls = {
            f"{number:05d}": direct.get(number, f"{path}/{number}?{query}")
            for number in range(1, upload.part_count + 1)
        }
        return {
            "href": whole,
            "header": {"chunk_size": str(upload.part_size), **urls},
            "expires_in": UPLOAD_SECONDS,
        }

    def _signed_access(self, object_: BatchObject) -> SignedAccess:
        return SignedAccess(self.repo.pk, object_.oid, object_.size, self.request.actor.user_id)

    def _path(self, view: str, *names: str) -> str:
        """Return a path below the LFS root that the client requested."""
        root = self.request.path.removesuffix("objects/batch")
        return (
            root
            + {"lfs-object": "objects/", "lfs-verify": "verify", "lfs-upload": "uploads/"}[view]
            + "/".join(names)
        )

    def _xet_token(self) -> str:
        address = self.repo.address
        facts = {
            "kind": address.kind,
            "namespace": address.namespace,
            "name": address.name,
            "revision": self.repo.default_branch,
        }
        return self.request.build_absolute_uri(reverse("xet-write-token", kwargs=facts))


def object_row(object_: BatchObject, actions: dict[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"oid": object_.oid, "size": object_.size, "authenticated": True}
    return {**row, "actions": actions} if actions else row


def error_row(object_: BatchObject, code: int, message: str) -> dict[str, Any]:
    return {"oid": object_.oid, "size": object_.size, "error": {"code": code, "message": message}}
