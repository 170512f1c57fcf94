"""The storage routes that take something: xorbs, grants, shards."""

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

from apps.core.bodies import takes_body
from apps.core.disk_space import as_disk_full
from apps.core.errors import BadRequest, NotFound, Refusal, Unauthenticated
from apps.core.http import ByteStream, body_blocks, declared_length, release_connection
from apps.core.policies import requires
from apps.core.spool import spooled_file
from apps.registry.blobs.selectors import xorb_exists
from apps.registry.blobs.services import UploadContext, register_shard, store_xorb
from apps.registry.blobs.xet.errors import MalformedShard
from apps.registry.blobs.xet.hashes import TEXT_FORM
from apps.registry.blobs.xet.shard import SHARD_LIMIT_BYTES, Shard, read_shard
from apps.registry.blobs.xet.xorb import BODY_LIMIT_BYTES
from apps.registry.repos.models import Repo
from apps.registry.repos.services.quota import check_quota

from .limits import counts_guesses, refuse_guessing
from .policies import XET_TOKEN
from .slots import Slots, upload_slot
from .tokens import XetToken, writer_of

log = structlog.get_logger(__name__)


def hash_of(text: str) -> str:
    """raises  BadRequest if it is not a hash in text form"""
    if not TEXT_FORM.fullmatch(text):
        raise BadRequest(_("A hash has 64 lowercase hex digits."))
    return text


def repo_of(token: XetToken) -> Repo:
    """Return the repository of a token that is still there.

    raises  Unauthenticated if it was deleted since
    """
    repo = Repo.objects.filter(pk=token.repo_key, deleted_at=None).first()
    if repo is None:
        raise Unauthenticated(_("The repository of this Xet token is gone."))
    return repo


@requires(XET_TOKEN)
@require_POST
def grant(request: HttpRequest, prefix: str, hash: str) -> JsonResponse:
    """Tell a client to skip a xorb that it or this repository's people brought before; anything else is 404: send the body.

    source  xet.md section 7: 400, 403, 405 and 501 would end the upload here
    """
    token = writer_of(request)
    if not TEXT_FORM.fullmatch(hash) or not xorb_exists(
        token.repo_key, hash, uploader=token.uploader, user_id=token.user_id
    ):
        raise NotFound(_("Send the xorb itself."))
    return JsonResponse({})


@takes_body(BODY_LIMIT_BYTES)
@requires(XET_TOKEN)
@require_POST
def xorb(request: HttpRequest, prefix: str, hash: str) -> JsonResponse:
    """Take a xorb. The answer is the same whether it was known or not."""
    token = writer_of(request)
    repo, size = repo_of(token), min(declared_length(request) or BODY_LIMIT_BYTES, BODY_LIMIT_BYTES)
    with upload_slot(Slots.XORB, token.user_id):
        check_quota(repo, size)
        store_xorb(
            _deposit(token),
            hash=hash_of(hash),
            size=size,
            blocks=body_blocks(request, limit=BODY_LIMIT_BYTES),
        )
    return JsonResponse({"was_inserted": True})


@takes_body(SHARD_LIMIT_BYTES)
@requires(XET_TOKEN)
@require_POST
def shard_v1(request: HttpRequest, prefix: str = "", hash: str = "") -> JsonResponse:
    """Register files and answer when it is done."""
    token, room = _writer_and_quota(request)
    with upload_slot(Slots.SHARD, token.user_id), ShardBody(request) as shard:
        with counts_guesses(token.user_id):
            for _progress in register_shard(_deposit(token), shard, check_quota=room):
                pass
    return JsonResponse({"result": 1})


@takes_body(SHARD_LIMIT_BYTES)
@requires(XET_TOKEN)
@require_POST
def shard_v2(request: HttpRequest) -> HttpResponseBase:
    """Register files and tell how far it is while it lasts."""
    token, room = _writer_and_quota(request)
    with ExitStack() as held:
        held.enter_context(upload_slot(Slots.SHARD, token.user_id))
        shard = held.enter_context(ShardBody(request))
        response = ByteStream(
            Frames(_deposit(token), shard, room, held.pop_all()), content_type="application/x-ndjson"
        )
    response["X-Accel-Buffering"] = "no"
    return response


def _writer_and_quota(request: HttpRequest) -> tuple[XetToken, Callable[[int, int], None]]:
    token = writer_of(request)
    repo = repo_of(token)
    refuse_guessing(token.user_id)
    return token, lambda size, counted: check_quota(repo, size, counted_bytes=counted)


def _deposit(token: XetToken) -> UploadContext:
    return UploadContext(token.repo_key, token.user_id, token.uploader)


@dataclass(frozen=True, slots=True)
class Frames:
    """The lines of a registration: one per step and one at the end, whose message is what the person sees.

    held  the slot and the shard, given back also when the client left before the first line
    """

    context: UploadContext
    shard: Shard
    room: Callable[[int, int], None]
    held: ExitStack

    def __iter__(self) -> Iterator[bytes]:
        repo = str(self.context.repo_key)
        try:
            with counts_guesses(self.context.user_id):
                for step in register_shard(self.context, self.shard, check_quota=self.room):
                    yield _frame(type="validating", verified=step.verified, total=step.total)
            yield _frame(type="result")
        except Refusal as refusal:
            log.info("shard.refused", code=refusal.code, repo=repo)
            yield _frame(type="error", message=refusal.message, retryable=refusal.status in (429, 503))
        except Exception as error:
            full = as_disk_full(error)
            if full is not None:
                yield _frame(type="error", message=_(full.message), retryable=False)
                return
            # The status line is sent already: the client must hear of the fault in the stream.
            log.exception("shard.failed", repo=repo)
            yield _frame(type="error", message=_("The site could not register the files."), retryable=True)

    def close(self) -> None:
        self.held.close()
        release_connection()


def _frame(**facts: Any) -> bytes:
    return json.dumps(facts).encode() + b"\n"


class ShardBody:
    """A request's shard, spooled to disk and mapped while it is used.

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
