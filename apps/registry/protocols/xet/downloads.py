"""The storage routes that give something: reconstructions, fetches, deduplication."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.core.errors import Forbidden, NotFound
from apps.core.http import ByteRange, ByteStream, file_response, parse_range
from apps.core.policies import PUBLIC, SIGNED_URL, requires
from apps.core.signing import sign, unsign
from apps.registry.blobs.contents import xorb_index
from apps.registry.blobs.selectors import dedup_reply, file_for
from apps.registry.blobs.store import xorb_key
from apps.registry.blobs.stores import object_store
from apps.registry.blobs.xet.hashes import TEXT_FORM
from apps.registry.blobs.xet.reconstruct import ChunkRange, Plan, TermList, plan

from .policies import XET_TOKEN
from .tokens import storage_url, token_of
from .uploads import hash_of, repo_of

log = structlog.get_logger(__name__)
FETCH_SECONDS = 3600
PURPOSE = "xet.fetch"


def planned(request: HttpRequest, hash: str) -> Plan:
    """Return how to rebuild a file, or the part of it that the Range header asks for.

    raises  NotFound if the token's repository does not hold the file, OutOfRange beyond its end
    """
    token = token_of(request)
    repo_of(token)
    found = file_for(token.repo_key, hash_of(hash), committed=not token.can_write)
    if found is None:
        raise NotFound(_("This repository has no such file."))
    part = parse_range(request.headers.get("Range"), found.size)
    start, end = (part.start, part.end + 1) if part else (0, found.size)
    return plan(TermList(bytes(found.terms)), start, end, xorb_index)


@requires(XET_TOKEN)
@require_GET
def reconstruction_v2(request: HttpRequest, hash: str) -> JsonResponse:
    made = planned(request, hash)
    xorbs = {xorb: [_v2_range(request, xorb, one) for one in ranges] for xorb, ranges in made.ranges.items()}
    return JsonResponse({**_head(made), "xorbs": xorbs})


@requires(XET_TOKEN)
@require_GET
def reconstruction_v1(request: HttpRequest, hash: str) -> JsonResponse:
    made = planned(request, hash)
    xorbs = {xorb: [_v1_range(request, xorb, one) for one in ranges] for xorb, ranges in made.ranges.items()}
    return JsonResponse({**_head(made), "fetch_info": xorbs})


def _head(made: Plan) -> dict[str, Any]:
    terms = [
        {"hash": t.xorb, "unpacked_length": t.length, "range": {"start": t.start, "end": t.end}}
        for t in made.terms
    ]
    return {"offset_into_first_range": made.skip, "terms": terms}


def _v2_range(request: HttpRequest, xorb: str, one: ChunkRange) -> dict[str, Any]:
    """One address per range: clients ask for exactly one range of it, whatever their version."""
    span = {"chunks": {"start": one.start, "end": one.end}, "bytes": {"start": one.first, "end": one.last}}
    return {"url": fetch_url(request, xorb, one), "ranges": [span]}


def _v1_range(request: HttpRequest, xorb: str, one: ChunkRange) -> dict[str, Any]:
    return {
        "range": {"start": one.start, "end": one.end},
        "url": fetch_url(request, xorb, one),
        "url_range": {"start": one.first, "end": one.last},
    }


def fetch_url(request: HttpRequest, xorb: str, one: ChunkRange) -> str:
    """Return an address of exactly these bytes, here or in a bucket: the rest of the xorb may belong to somebody else."""
    elsewhere = object_store().download_url(xorb_key(xorb), seconds=FETCH_SECONDS, span=(one.first, one.last))
    if elsewhere:
        return elsewhere
    word = sign([xorb, one.first, one.last], purpose=PURPOSE, seconds=FETCH_SECONDS)
    return storage_url(request, f"/fetch/{xorb}?word={quote(word)}")


@requires(SIGNED_URL)
@require_GET
def fetch(request: HttpRequest, hash: str) -> HttpResponseBase:
    """Send the one range that the address was signed for.

    source  xet.md section 11.3
    """
    facts: Any = unsign(request.GET.get("word", ""), purpose=PURPOSE)
    xorb, first, last = facts
    # with If-Range, a server in front might send the whole xorb
    if (
        xorb != hash
        or request.headers.get("Range") != f"bytes={first}-{last}"
        or "If-Range" in request.headers
    ):
        raise Forbidden(_("This address is for another range."), code="BadRange")
    key, store = xorb_key(xorb), object_store()
    size = store.size(key)
    if size is None or last >= size:
        raise NotFound(_("There is no such xorb."))
    span, path = ByteRange(first, last, size), store.local_path(key)
    response = (
        file_response(path, content_range=span) if path else _stream(store.stream(key, first, last + 1), span)
    )
    response["Cache-Control"] = "private"
    return response


def _stream(blocks: Iterator[bytes], span: ByteRange) -> HttpResponseBase:
    headers = {"Content-Length": str(span.length), "Content-Range": span.header}
    return ByteStream(blocks, status=206, content_type="application/octet-stream", headers=headers)


@requires(XET_TOKEN)
@require_GET
def chunk(request: HttpRequest, prefix: str, hash: str) -> HttpResponse:
    """Answer which xorbs have a chunk, to those who upload: readers do not ask, and could try guesses on the answer.

    A fault is a miss: clients repeat a 5xx for minutes.
    """
    token = token_of(request)
    is_asked = token.can_write and TEXT_FORM.fullmatch(hash)
    try:
        reply = (
            dedup_reply(token.repo_key, hash, uploader=token.uploader, user_id=token.user_id)
            if is_asked
            else None
        )
    except Exception:
        log.exception("dedup.failed", repo=str(token.repo_key))
        reply = None
    if reply is None:
        raise NotFound(_("This chunk is not known."))
    return HttpResponse(reply, content_type="application/octet-stream", headers={"Cache-Control": "private"})


@requires(PUBLIC)
def telemetry(request: HttpRequest) -> HttpResponse:
    """Clients wait for this answer; nothing is kept."""
    return HttpResponse(status=200)


@requires(PUBLIC)
def unsupported(request: HttpRequest, rest: str = "") -> HttpResponse:
    raise NotFound(_("This site does not offer this."))
