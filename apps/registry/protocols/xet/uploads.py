"""Storage routes for writing: xorbs and shards."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import structlog
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.disk_space import find_disk_full
from apps.core.errors import BadRequest, NotFound, Refusal, Unauthenticated
from apps.core.web.bodies import takes_body
from apps.core.web.http import ByteStream, body_blocks, declared_length, release_connection
from apps.core.web.policies import requires
from apps.core.web.spool import spooled_file
from apps.registry.blobs.selectors import xorb_exists
from apps.registry.blobs.services import UploadContext, register_shard, store_xorb
from apps.registry.blobs.xet.errors import MalformedShard
from apps.registry.blobs.xet.hashes import TEXT_FORM
from apps.registry.blobs.xet.shard import SHARD_LIMIT_BYTES, Shard, read_shard
from apps.registry.blobs.xet.xorb import BODY_LIMIT_BYTES
from apps.registry.contents.services.quota import check_quota
from apps.registry.repos.models import Repo

from .limits import check_guesses, count_guesses
from .policies import XET_WRITE
from .slots import Slots, upload_slot
from .tokens import XetToken

log = structlog.get_logger(__name__)


def hash_of(text: str) -> str:
    """raises  BadRequest if it is not a hash in text form"""
    if not TEXT_FORM.fullmatch(text):
        raise BadRequest(_("A hash must have 64 lowercase hexadecimal digits."))
    return text


def repo_of(token: XetToken) -> Repo:
    """Return the repository of a token.

    raises  Unauthenticated if it was deleted after the token was issued
    """
    repo = Repo.objects.filter(pk=token.repo_key, deleted_at=None).first()
    if repo is None:
        raise Unauthenticated(_("The repository of this Xet token no longer exists."))
    return repo


@requires(XET_WRITE)
@require_POST
def check_xorb(request: HttpRequest, token: XetToken, prefix: str, hash: str) -> JsonResponse:
    """Answer 200 if the uploader or this repository already has a xorb, else 404: the client then uploads it.

    source  xet.md section 7: 400, 403, 405 and 501 would end the upload
    """
    if not TEXT_FORM.fullmatch(hash) or not xorb_exists(
        token.repo_key, hash, uploader=token.uploader, user_id=token.user_id
    ):
        raise NotFound(_("Xorb not found."))
    return JsonResponse({})


@takes_body(BODY_LIMIT_BYTES)
@requires(XET_WRITE)
@require_POST
def xorb(request: HttpRequest, token: XetToken, prefix: str, hash: str) -> JsonResponse:
    """Store a xorb. The response does not reveal whether it was stored before."""
    repo, size = repo_of(token), min(declared_length(request) or BODY_LIMIT_BYTES, BODY_LIMIT_BYTES)
    with upload_slot(Slots.XORB, token.user_id):
        check_quota(repo, size)
        store_xorb(
            _upload_context(token),
            hash=hash_of(hash),
            size=size,
            blocks=body_blocks(request, limit=BODY_LIMIT_BYTES),
        )
    return JsonResponse({"was_inserted": True})


@takes_body(SHARD_LIMIT_BYTES)
@requires(XET_WRITE)
@require_POST
def shard_v1(request: HttpRequest, token: XetToken, prefix: str = "", hash: str = "") -> JsonResponse:
    """Register the files of a shard and answer at the end."""
    check_space = _quota_check(token)
    with upload_slot(Slots.SHARD, token.user_id), ShardBody(request) as shard:
        with count_guesses(token.user_id):
            for _step in register_shard(_upload_context(token), shard, check_quota=check_space):
                pass
    return JsonResponse({"result": 1})


@takes_body(SHARD_LIMIT_BYTES)
@requires(XET_WRITE)
@require_POST
def shard_v2(request: HttpRequest, token: XetToken) -> HttpResponseBase:
    """Register the files of a shard and stream the progress."""
    check_space = _quota_check(token)
    with ExitStack() as resources:
        resources.enter_context(upload_slot(Slots.SHARD, token.user_id))
        shard = resources.enter_context(ShardBody(request))
        response = ByteStream(
            ShardFrames(_upload_context(token), shard, check_space, resources.pop_all()),
            content_type="application/x-ndjson",
        )
    response["X-Accel-Buffering"] = "no"
    return response


def _quota_check(token: XetToken) -> Callable[[int, int], None]:
    repo = repo_of(token)
    check_guesses(token.user_id)
    return lambda size, counted: check_quota(repo, size, counted_bytes=counted)


def _upload_context(token: XetToken) -> UploadContext:
    return UploadContext(token.repo_key, token.user_id, token.uploader)


@dataclass(frozen=True, slots=True)
class ShardFrames:
    """The response lines of a shard: one per step, and a result or an error that the client shows.

    resources  the slot and the shard, released even if the client disconnects before the first line
    """

    context: UploadContext
    shard: Shard
    check_space: Callable[[int, int], None]
    resources: ExitStack

    def __iter__(self) -> Iterator[bytes]:
        repo = str(self.context.repo_key)
        try:
            with count_guesses(self.context.user_id):
                for step in register_shard(self.context, self.shard, check_quota=self.check_space):
                    yield _frame(type="validating", verified=step.verified, total=step.total)
            yield _frame(type="result")
        except Refusal as refusal:
            log.info("shard.refused", code=refusal.code, repo=repo)
            yield _frame(type="error", message=refusal.message, retryable=refusal.status in (429, 503))
        except Exception as error:
            full = find_disk_full(error)
            if full is not None:
                yield _frame(type="error", message=_(full.message), retryable=False)
                return
            # The status line has been sent, so the error goes into the stream.
            log.exception("shard.failed", repo=repo)
            yield _frame(
                type="error",
                message=_("The files could not be registered because of a server error."),
                retryable=True,
            )

    def close(self) -> None:
        self.resources.close()
        release_connection()


def _frame(**facts: Any) -> bytes:
    return json.dumps(facts).encode() + b"\n"


class ShardBody:
    """The shard of a request, spooled to disk and memory-mapped.

    raises  TooLarge, MalformedShard
    """

    def __init__(self, request: HttpRequest) -> None:
        self.file = spooled_file(declared_length(request) or SHARD_LIMIT_BYTES)
        release_connection()
        for block in body_blocks(request, limit=SHARD_LIMIT_BYTES):
            self.file.write(block)
        self.file.flush()
        if not self.file.tell():
            raise MalformedShard(_("The shard is empty."))

    def __enter__(self) -> Shard:
        return read_shard(mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ))

    def __exit__(self, *error: object) -> None:
        self.file.close()
