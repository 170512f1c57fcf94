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


class BadRange(Forbidden):
    """The request is for other bytes than the URL was signed for."""

    code = "BadRange"
    default = "This URL was signed for another range."


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

    raises  BadSignature, UrlExpired, BadRange
    """
    facts: Any = unsign(request.GET.get("signature", ""), purpose=PURPOSE)
    xorb, first, last = facts
    # A server in front could answer If-Range with the whole xorb.
    if (
        xorb != hash
        or request.headers.get("Range") != f"bytes={first}-{last}"
        or "If-Range" in request.headers
    ):
        raise BadRange(_("This URL was signed for another range."))
    return SignedRange(xorb, first, last)
