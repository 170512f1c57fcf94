"""Parsing of LFS request bodies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import BadRequest, ValidationFailed
from apps.core.web.http import read_body
from apps.core.web.params import BadJson, UnstorableText, parse_json_object

BODY_LIMIT_BYTES = 4 << 20
OBJECTS_LIMIT = 5000
OID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BatchObject:
    """One object of a batch.

    problem  why the object is invalid, or ""
    """

    oid: str
    size: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    operation: str
    transfers: tuple[str, ...]
    hash_algo: str
    objects: tuple[BatchObject, ...]


def read_json(request: HttpRequest) -> dict[str, Any]:
    """raises  BadRequest if the body is not a JSON object, ValidationFailed for NUL and lone surrogates"""
    try:
        return parse_json_object(read_body(request, limit=BODY_LIMIT_BYTES))
    except UnstorableText as error:
        raise ValidationFailed(f"The body {error}") from None
    except BadJson as error:
        raise BadRequest(f"The body {error}") from None


def read_batch(request: HttpRequest) -> Batch:
    """Parse a batch request.

    raises  BadRequest; ValidationFailed for an unsupported operation or hash, or a malformed list of objects
    """
    body = read_json(request)
    operation, objects, algorithm = (
        body.get("operation"),
        body.get("objects"),
        body.get("hash_algo", "sha256"),
    )
    if operation not in ("upload", "download"):
        raise ValidationFailed(_('"operation" must be "upload" or "download".'))
    if algorithm not in ("sha256", "sha_256"):
        raise ValidationFailed(_('"hash_algo" must be "sha256".'))
    if not isinstance(objects, list) or len(objects) > OBJECTS_LIMIT:
        raise ValidationFailed(
            _('"objects" must be a list of at most %(limit)s objects.') % {"limit": OBJECTS_LIMIT}
        )
    transfers = body.get("transfers") or ["basic"]
    known = (
        tuple(transfer for transfer in transfers if isinstance(transfer, str))
        if isinstance(transfers, list)
        else ("basic",)
    )
    return Batch(operation, known, algorithm, tuple(map(_parse_object, objects)))


def _parse_object(row: Any) -> BatchObject:
    oid, size = (row.get("oid"), row.get("size")) if isinstance(row, dict) else (None, None)
    if not isinstance(oid, str) or not isinstance(size, int) or isinstance(size, bool):
        raise ValidationFailed(_("Each object needs an oid and a size."))
    if not OID.fullmatch(oid) or size < 0:
        return BatchObject(
            oid[:200], max(size, 0), _("The oid is not a SHA-256 hash, or the size is negative.")
        )
    if size > settings.UPLOAD_LIMIT_BYTES:
        return BatchObject(oid, size, _("The object exceeds the upload limit of this site."))
    return BatchObject(oid, size)


def read_parts(request: HttpRequest) -> dict[int, str]:
    """Return the etags of a completed upload by part number.

    raises  BadRequest, ValidationFailed
    """
    parts = read_json(request).get("parts")
    try:
        return {int(part["partNumber"]): str(part["etag"]) for part in parts or []}
    except (TypeError, KeyError, ValueError, OverflowError):
        raise ValidationFailed(_("Each part needs a partNumber and an etag.")) from None
