"""Addresses that authorise themselves: LFS clients send no credentials with the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import Forbidden
from apps.core.signing import sign, unsign

UPLOAD_SECONDS = 6 * 3600
DOWNLOAD_SECONDS = 3600
UPLOAD, DOWNLOAD, PARTS = "lfs.upload", "lfs.download", "lfs.parts"


@dataclass(frozen=True, slots=True)
class SignedAccess:
    """What an address allows: one object or upload of one repository, for one person.

    name  SHA-256 of the object, or id of the upload in parts
    size  bytes
    """

    repo_key: UUID
    name: str
    size: int
    user_id: int | None

    def address(self, request: HttpRequest, path: str, purpose: str) -> str:
        """Return the absolute address of a path that carries this leave."""
        seconds = DOWNLOAD_SECONDS if purpose == DOWNLOAD else UPLOAD_SECONDS
        word = sign([self.repo_key.hex, self.name, self.size, self.user_id], purpose=purpose, seconds=seconds)
        return request.build_absolute_uri(f"{quote(path)}?word={quote(word)}")


def signed_access(request: HttpRequest, name: str, purpose: str) -> SignedAccess:
    """Return what the request's word allows.

    raises  Forbidden if it is forged, over, or for something else
    """
    facts: Any = unsign(request.GET.get("word", ""), purpose=purpose)
    key, signed, size, user_id = facts
    if signed != name:
        raise Forbidden(_("This address is for another object."), code="BadSignature")
    return SignedAccess(UUID(hex=key), signed, size, user_id)
