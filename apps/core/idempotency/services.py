"""Doing once what is asked several times under one key."""

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

KEPT_FOR = timedelta(hours=24)
# a request that takes longer was cut off with its process
ANSWERED_WITHIN = timedelta(minutes=10)
BODY_LIMIT_BYTES = 256 << 10
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Link")
# whoever is asked to come back later has to be heard then
PASSING = frozenset({408, 425, 429})


def digest_of(*parts: bytes | str) -> str:
    """Return a hash of the parts, each told apart from its neighbours."""
    found = sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


def run_once(
    place: str, fingerprint: str, answer: Callable[[], HttpResponseBase], *, is_secret: bool = False
) -> HttpResponseBase:
    """Return the answer that is kept, or make it and keep it; faults and "try again later" are not kept.

    is_secret  the answer shows something once, so its body is not kept
    raises     KeyInUse while another request is being answered, KeyReused, AnswerNotKept
    """
    row = _begin(place, fingerprint)
    if row.status is not None:
        return _again(row)
    try:
        response = answer()
    except BaseException:
        row.delete()
        raise
    if response.status_code >= 500 or response.status_code in PASSING or response.streaming:
        row.delete()
    else:
        _keep(row, response, is_secret=is_secret and response.status_code < 400)
    return response


def _begin(place: str, fingerprint: str) -> StoredResponse:
    row, is_new = StoredResponse.objects.get_or_create(place=place, defaults={"fingerprint": fingerprint})
    if is_new:
        return row
    age = timezone.now() - row.created_at
    if age > KEPT_FOR or (row.status is None and age > ANSWERED_WITHIN):
        return _taken_over(row, fingerprint)
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.status is None:
        raise KeyInUse(headers={"Retry-After": "1"})
    return row


def _taken_over(row: StoredResponse, fingerprint: str) -> StoredResponse:
    """Begin anew with a row whose time is over, unless somebody else did so first."""
    fresh: dict[str, Any] = {
        "fingerprint": fingerprint,
        "status": None,
        "headers": {},
        "body": None,
        "created_at": timezone.now(),
    }
    if not StoredResponse.objects.filter(pk=row.pk, created_at=row.created_at).update(**fresh):
        raise KeyInUse(headers={"Retry-After": "1"})
    return StoredResponse(pk=row.pk, place=row.place, **fresh)


def _keep(row: StoredResponse, response: HttpResponseBase, *, is_secret: bool) -> None:
    content = getattr(response, "content", b"")
    row.status = response.status_code
    row.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    row.body = None if is_secret or len(content) > BODY_LIMIT_BYTES else content
    row.save(update_fields=["status", "headers", "body"])


def _again(row: StoredResponse) -> HttpResponse:
    if row.body is None:
        raise ResponseNotStored(status=row.status, location=row.headers.get("Location", ""))
    response = HttpResponse(bytes(row.body), status=row.status)
    for name, value in row.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def sweep_responses() -> int:
    """Forget answers that are older than a day, and return how many."""
    return StoredResponse.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
