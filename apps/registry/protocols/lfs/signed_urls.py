"""Signed URLs: LFS clients send no credentials with the bytes of an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.signing import BadSignature, sign, unsign

UPLOAD_SECONDS = 6 * 3600
DOWNLOAD_SECONDS = 3600
UPLOAD, DOWNLOAD, PARTS = "lfs.upload", "lfs.download", "lfs.parts"


@dataclass(frozen=True, slots=True)
class SignedAccess:
    """What a signed URL grants: access to one object or multipart upload of one repository, for one user.

    name  SHA-256 of the object, or id of the multipart upload
    size  bytes
    """

    repo_key: UUID
    name: str
    size: int
    user_id: int | None

    def address(self, request: HttpRequest, path: str, purpose: str) -> str:
        """Return the signed absolute URL of a path."""
        seconds = DOWNLOAD_SECONDS if purpose == DOWNLOAD else UPLOAD_SECONDS
        facts = [self.repo_key.hex, self.name, self.size, self.user_id]
        signature = sign(facts, purpose=purpose, seconds=seconds)
        return request.build_absolute_uri(f"{quote(path)}?signature={quote(signature)}")

    def check_name(self, name: str) -> None:
        """raises  BadSignature if it is for another object"""
        if self.name != name:
            raise BadSignature(_("This URL was signed for another object."))


def signed_access(request: HttpRequest, purpose: str, *names: str) -> SignedAccess:
    """Return what the request's signature grants.

    names   the object or upload that it has to be for
    raises  Forbidden if it is forged, expired, or for another object
    """
    facts: Any = unsign(request.GET.get("signature", ""), purpose=purpose)
    key, signed, size, user_id = facts
    access = SignedAccess(UUID(hex=key), signed, size, user_id)
    for name in names:
        access.check_name(name)
    return access
