"""Running a request once per idempotency key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from .errors import KeyInUse, KeyReused, ResponseNotStored
from .models import StoredResponse

STORED_FOR = timedelta(hours=24)
# a longer request died with its process
PROCESSING_LIMIT = timedelta(minutes=10)
BODY_LIMIT_BYTES = 256 << 10
STORED_HEADERS = ("Content-Type", "Location", "ETag", "Link")
# A request that could not be read, or that came too early, may be sent again as it was meant.
UNSTORED = frozenset({400, 408, 413, 415, 425, 429})


def digest_of(*parts: bytes | str) -> str:
    """Return a hash of length-prefixed parts."""
    digest = sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def run_once(
    key_digest: str, fingerprint: str, run: Callable[[], HttpResponseBase], *, is_secret: bool = False
) -> HttpResponseBase:
    """Return the stored response, or run the request and store its response.

    Server errors, streaming responses and answers to requests that could not be read are not stored.

    is_secret  the response shows something once, so its body is not stored
    raises     KeyInUse while another request runs under the key, KeyReused, ResponseNotStored
    """
    row = _reserve(key_digest, fingerprint)
    if row.status is not None:
        return _replay(row)
    try:
        response = run()
    except BaseException:
        row.delete()
        raise
    if response.status_code >= 500 or response.status_code in UNSTORED or response.streaming:
        row.delete()
    else:
        _store(row, response, is_secret=is_secret and response.status_code < 400)
    return response


def _reserve(key_digest: str, fingerprint: str) -> StoredResponse:
    row, is_new = StoredResponse.objects.get_or_create(
        key_digest=key_digest, defaults={"fingerprint": fingerprint}
    )
    if is_new:
        return row
    age = timezone.now() - row.created_at
    if age > STORED_FOR or (row.status is None and age > PROCESSING_LIMIT):
        return _reclaim(row, fingerprint)
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.status is None:
        raise KeyInUse(headers={"Retry-After": "1"})
    return row


def _reclaim(row: StoredResponse, fingerprint: str) -> StoredResponse:
    """Reset an expired row for this request.

    raises  KeyInUse if another request reset it first
    """
    fresh: dict[str, Any] = {
        "fingerprint": fingerprint,
        "status": None,
        "headers": {},
        "body": None,
        "created_at": timezone.now(),
    }
    if not StoredResponse.objects.filter(pk=row.pk, created_at=row.created_at).update(**fresh):
        raise KeyInUse(headers={"Retry-After": "1"})
    return StoredResponse(pk=row.pk, key_digest=row.key_digest, **fresh)


def _store(row: StoredResponse, response: HttpResponseBase, *, is_secret: bool) -> None:
    content = getattr(response, "content", b"")
    row.status = response.status_code
    row.headers = {name: response[name] for name in STORED_HEADERS if name in response}
    row.body = None if is_secret or len(content) > BODY_LIMIT_BYTES else content
    row.save(update_fields=["status", "headers", "body"])


def _replay(row: StoredResponse) -> HttpResponse:
    if row.body is None:
        raise ResponseNotStored(response_status=row.status, location=row.headers.get("Location"))
    response = HttpResponse(bytes(row.body), status=row.status)
    for name, value in row.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def sweep_responses() -> int:
    """Delete stored responses older than a day; return how many."""
    return StoredResponse.objects.filter(created_at__lt=timezone.now() - STORED_FOR).delete()[0]
