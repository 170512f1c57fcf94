"""Policies of signed URLs: the signature grants access to one object or upload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from apps.core.web.policies import Policy
from apps.registry.repos.policies import ADDRESS

from .signed_urls import DOWNLOAD, PARTS, UPLOAD, SignedAccess, signed_access


def _policy(name: str, words: str, purpose: str, *takes: str) -> Policy:
    def open_signed(request: HttpRequest, **names: Any) -> SignedAccess:
        return signed_access(request, purpose, *(str(names[one]) for one in takes))

    opener: Callable[..., SignedAccess] = open_signed
    return Policy(
        name, words, admits_applications=True, open=opener, takes=(*ADDRESS, *takes), gives="access"
    )


LFS_DOWNLOAD = _policy("lfs-download", "the holder of a signed download URL", DOWNLOAD, "oid")
LFS_UPLOAD = _policy("lfs-upload", "the holder of a signed upload URL", UPLOAD, "oid")
LFS_PARTS = _policy("lfs-parts", "the holder of a signed URL for an upload in parts", PARTS, "upload_id")
# The body names the object; the view compares it with what was signed.
LFS_VERIFY = _policy("lfs-verify", "the holder of a signed URL for the uploaded object", UPLOAD)
POLICIES = [LFS_DOWNLOAD, LFS_UPLOAD, LFS_PARTS, LFS_VERIFY]
