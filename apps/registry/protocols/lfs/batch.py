"""The batch route: where to send and where to fetch large objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.actor import Need
from apps.core.bodies import takes_body
from apps.core.http import HubRequest
from apps.core.policies import requires
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import objects_for
from apps.registry.blobs.services import UploadContext, begin_multipart, part_addresses, revive_objects
from apps.registry.repos.access import check_may, repo_for
from apps.registry.repos.addresses import KINDS_BY_PLURAL, Address, RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ
from apps.registry.repos.services.quota import check_quota

from .errors import CONTENT_TYPE
from .parsing import BODY_LIMIT_BYTES, Batch, BatchObject, read_batch
from .signed_urls import DOWNLOAD, DOWNLOAD_SECONDS, PARTS, UPLOAD, UPLOAD_SECONDS, SignedAccess

BASIC, MULTIPART, XET = "basic", "multipart", "xet"


@takes_body(BODY_LIMIT_BYTES)
@requires(REPO_READ)
@require_POST
def batch(request: HubRequest, namespace: str, name: str, kind: str | None = None) -> JsonResponse:
    """source  https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md; hub-api.md section 3.4"""
    address = Address(KINDS_BY_PLURAL[kind] if kind else RepoKind.MODEL, namespace, name)
    # nobody's body is read who may not even know of the repository
    repo = repo_for(request.actor, address)
    object_ = read_batch(request)
    need = Need.WRITE if object_.operation == "upload" else Need.READ
    check_may(request.actor, need, repo)
    held = objects_for(repo.pk, [one.oid for one in object_.objects if not one.problem])
    answers = Answers(request, repo, held, BASIC if need is Need.READ else chosen_transfer(request, object_))
    if need is Need.WRITE:
        # the client is told that these are here, so they must not be collected before its commit comes
        revive_objects(repo.pk, held)
        check_quota(repo, sum(one.size for one in object_.objects if not one.problem and one.oid not in held))
    rows = [answers.upload(one) if need is Need.WRITE else answers.download(one) for one in object_.objects]
    return JsonResponse(
        {"transfer": answers.transfer, "objects": rows, "hash_algo": object_.hash_algo},
        content_type=CONTENT_TYPE,
    )


def chosen_transfer(request: HubRequest, object_: Batch) -> str:
    """Return the way in: Xet for older Python clients that offer it, parts for very large objects, else one piece.

    source  xet.md section 6.3: for the JavaScript client plain LFS is several times faster than its Xet
    """
    if XET in object_.transfers and "hf_hub/" in request.headers.get("User-Agent", ""):
        return XET
    largest = max((one.size for one in object_.objects if not one.problem), default=0)
    return (
        MULTIPART if MULTIPART in object_.transfers and largest > settings.LFS_MULTIPART_FROM_BYTES else BASIC
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of one batch's answer."""

    request: HubRequest
    repo: Repo
    held: dict[str, RepoObject]
    transfer: str

    def download(self, object_: BatchObject) -> dict[str, Any]:
        found = self.held.get(object_.oid)
        if object_.problem:
            return refused(object_, 422, object_.problem)
        if found is None or found.committed_at is None:
            return refused(object_, 404, _("This repository has no such object."))
        href = ObjectReader(found).download_url() or self._signed_access(object_).address(
            self.request, self._path("lfs-object", object_.oid), DOWNLOAD
        )
        action = {"href": href}
        return allowed(object_, {"download": {**action, "expires_in": DOWNLOAD_SECONDS}})

    def upload(self, object_: BatchObject) -> dict[str, Any]:
        found = self.held.get(object_.oid)
        if object_.problem:
            return refused(object_, 422, object_.problem)
        if found is not None:
            wrong = _("This object has %(size)s bytes.") % {"size": found.size}
            return allowed(object_, None) if found.size == object_.size else refused(object_, 422, wrong)
        if self.transfer == XET:
            return allowed(object_, {"upload": {"href": self._xet_token(), "header": {}}})
        verify = {
            "href": self._signed_access(object_).address(self.request, self._path("lfs-verify"), UPLOAD)
        }
        send = self._parts(object_) if self.transfer == MULTIPART and object_.size else self._piece(object_)
        return allowed(object_, {"upload": send, "verify": verify})

    def _piece(self, object_: BatchObject) -> dict[str, Any]:
        href = self._signed_access(object_).address(
            self.request, self._path("lfs-object", object_.oid), UPLOAD
        )
        return {"href": href, "expires_in": UPLOAD_SECONDS}

    def _parts(self, object_: BatchObject) -> dict[str, Any]:
        """No key but part numbers may stand beside chunk_size: git's agent takes every other value for a part."""
        upload = begin_multipart(
            UploadContext(self.repo.pk, self.request.actor.user_id), sha256=object_.oid, size=object_.size
        )
        access = SignedAccess(self.repo.pk, str(upload.pk), object_.size, self.request.actor.user_id)
        whole = access.address(self.request, self._path("lfs-upload", str(upload.pk)), PARTS)
        path, _mark, query = whole.partition("?")
        direct = part_addresses(upload, seconds=UPLOAD_SECONDS)
        places = {
            f"{number:05d}": direct.get(number, f"{path}/{number}?{query}")
            for number in range(1, upload.part_count + 1)
        }
        return {
            "href": whole,
            "header": {"chunk_size": str(upload.part_size), **places},
            "expires_in": UPLOAD_SECONDS,
        }

    def _signed_access(self, object_: BatchObject) -> SignedAccess:
        return SignedAccess(self.repo.pk, object_.oid, object_.size, self.request.actor.user_id)

    def _path(self, view: str, *names: str) -> str:
        """Return a path below this repository's LFS root, as the client knows it."""
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


def allowed(object_: BatchObject, actions: dict[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"oid": object_.oid, "size": object_.size, "authenticated": True}
    return {**row, "actions": actions} if actions else row


def refused(object_: BatchObject, code: int, message: str) -> dict[str, Any]:
    return {"oid": object_.oid, "size": object_.size, "error": {"code": code, "message": message}}
