"""Storage routes for reading: reconstructions, byte ranges of xorbs, deduplication queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.core.errors import NotFound
from apps.core.objects.stores import object_store
from apps.core.web.http import ByteRange, ByteStream, file_response, parse_range
from apps.core.web.policies import PUBLIC, requires
from apps.registry.blobs.contents import xorb_index
from apps.registry.blobs.keys import xorb_key
from apps.registry.blobs.selectors import dedup_reply, file_for
from apps.registry.blobs.xet.hashes import TEXT_FORM
from apps.registry.blobs.xet.reconstruct import ChunkRange, Plan, TermList, plan

from .policies import XET_TOKEN, XET_URL
from .signed_urls import FETCH_SECONDS, SignedRange, sign_range
from .tokens import XetToken, storage_url
from .uploads import hash_of, repo_of

log = structlog.get_logger(__name__)


def reconstruction_plan(request: HttpRequest, token: XetToken, hash: str) -> Plan:
    """Return how to rebuild a file, or the range of it that the Range header requests.

    raises  NotFound if the token's repository does not have the file, OutOfRange beyond its end
    """
    repo_of(token)
    found = file_for(token.repo_key, hash_of(hash), committed=not token.can_write)
    if found is None:
        raise NotFound(_("File not found in this repository."))
    part = parse_range(request.headers.get("Range"), found.size)
    start, end = (part.start, part.end + 1) if part else (0, found.size)
    return plan(TermList(bytes(found.terms)), start, end, xorb_index)


@requires(XET_TOKEN)
@require_GET
def reconstruction_v2(request: HttpRequest, token: XetToken, hash: str) -> JsonResponse:
    file_plan = reconstruction_plan(request, token, hash)
    xorbs = {
        xorb: [_v2_range(request, xorb, one) for one in ranges] for xorb, ranges in file_plan.ranges.items()
    }
    return JsonResponse({**_head(file_plan), "xorbs": xorbs})


@requires(XET_TOKEN)
@require_GET
def reconstruction_v1(request: HttpRequest, token: XetToken, hash: str) -> JsonResponse:
    file_plan = reconstruction_plan(request, token, hash)
    xorbs = {
        xorb: [_v1_range(request, xorb, one) for one in ranges] for xorb, ranges in file_plan.ranges.items()
    }
    return JsonResponse({**_head(file_plan), "fetch_info": xorbs})


def _head(file_plan: Plan) -> dict[str, Any]:
    terms = [
        {"hash": t.xorb, "unpacked_length": t.length, "range": {"start": t.start, "end": t.end}}
        for t in file_plan.terms
    ]
    return {"offset_into_first_range": file_plan.skip, "terms": terms}


def _v2_range(request: HttpRequest, xorb: str, one: ChunkRange) -> dict[str, Any]:
    """Return a range with a URL of its own: every client version requests exactly one range per URL."""
    span = {"chunks": {"start": one.start, "end": one.end}, "bytes": {"start": one.first, "end": one.last}}
    return {"url": fetch_url(request, xorb, one), "ranges": [span]}


def _v1_range(request: HttpRequest, xorb: str, one: ChunkRange) -> dict[str, Any]:
    return {
        "range": {"start": one.start, "end": one.end},
        "url": fetch_url(request, xorb, one),
        "url_range": {"start": one.first, "end": one.last},
    }


def fetch_url(request: HttpRequest, xorb: str, one: ChunkRange) -> str:
    """Return a URL, of this site or of the bucket, signed for exactly these bytes.

    The rest of the xorb may belong to other repositories.
    """
    bucket_url = object_store().download_url(
        xorb_key(xorb), seconds=FETCH_SECONDS, span=(one.first, one.last)
    )
    if bucket_url:
        return bucket_url
    signature = sign_range(SignedRange(xorb, one.first, one.last))
    return storage_url(request, f"/fetch/{xorb}?signature={quote(signature)}")


@requires(XET_URL)
@require_GET
def fetch(request: HttpRequest, signed: SignedRange) -> HttpResponseBase:
    """Send the byte range that the URL was signed for.

    source  xet.md section 11.3
    """
    key, store = xorb_key(signed.xorb), object_store()
    size = store.size(key)
    if size is None or signed.last >= size:
        raise NotFound(_("Xorb not found."))
    span, path = ByteRange(signed.first, signed.last, size), store.local_path(key)
    response = (
        file_response(path, content_range=span)
        if path
        else _stream(store.stream(key, signed.first, signed.last + 1), span)
    )
    response["Cache-Control"] = "private"
    return response


def _stream(blocks: Iterator[bytes], span: ByteRange) -> HttpResponseBase:
    headers = {"Content-Length": str(span.length), "Content-Range": span.header}
    return ByteStream(blocks, status=206, content_type="application/octet-stream", headers=headers)


@requires(XET_TOKEN)
@require_GET
def chunk(request: HttpRequest, token: XetToken, prefix: str, hash: str) -> HttpResponse:
    """Return which xorbs contain a chunk. Write tokens only: a reader could use it to guess contents.

    Errors count as a miss, since clients retry a 5xx for minutes.
    """
    is_allowed = token.can_write and TEXT_FORM.fullmatch(hash)
    try:
        reply = (
            dedup_reply(token.repo_key, hash, uploader=token.uploader, user_id=token.user_id)
            if is_allowed
            else None
        )
    except Exception:
        log.exception("dedup.failed", repo=str(token.repo_key))
        reply = None
    if reply is None:
        raise NotFound(_("Chunk not found."))
    return HttpResponse(reply, content_type="application/octet-stream", headers={"Cache-Control": "private"})


@requires(PUBLIC)
def telemetry(request: HttpRequest) -> HttpResponse:
    """Accept and discard telemetry; clients wait for the response."""
    return HttpResponse(status=200)


@requires(PUBLIC)
def unsupported(request: HttpRequest, rest: str = "") -> HttpResponse:
    raise NotFound(_("This endpoint is not supported."))
