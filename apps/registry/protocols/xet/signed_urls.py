"""Signed URLs of byte ranges: the rest of a xorb may belong to other repositories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import Forbidden
from apps.core.signing import sign, unsign

FETCH_SECONDS = 3600
PURPOSE = "xet.fetch"


@dataclass(frozen=True, slots=True)
class SignedRange:
    """The bytes of a xorb that a URL was signed for, both ends included."""

    xorb: str
    first: int
    last: int


def sign_range(signed: SignedRange) -> str:
    return sign([signed.xorb, signed.first, signed.last], purpose=PURPOSE, seconds=FETCH_SECONDS)


def signed_range(request: HttpRequest, *, hash: str) -> SignedRange:
    """Return the range that the URL was signed for.

    raises  Forbidden if the signature is forged or expired, or the request is for other bytes
    """
    facts: Any = unsign(request.GET.get("signature", ""), purpose=PURPOSE)
    xorb, first, last = facts
    # A server in front could answer If-Range with the whole xorb.
    if (
        xorb != hash
        or request.headers.get("Range") != f"bytes={first}-{last}"
        or "If-Range" in request.headers
    ):
        raise Forbidden(_("This URL was signed for another range."), code="BadRange")
    return SignedRange(xorb, first, last)
