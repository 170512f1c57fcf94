"""Fetch and push over smart HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import structlog
from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core.disk_space import check_free_space, find_disk_full
from apps.core.errors import BadRequest, Refusal
from apps.core.web.bodies import takes_body
from apps.core.web.http import ByteStream, HubRequest, body_blocks, declared_length, release_connection
from apps.core.web.policies import requires
from apps.core.web.spool import spooled_file
from apps.registry.contents.errors import BranchMoved
from apps.registry.contents.services.push import accept_push
from apps.registry.gitstore import BadPack
from apps.registry.gitstore.children import limit_child, open_git, run_git
from apps.registry.gitstore.quarantine import Quarantine
from apps.registry.repos.addresses import Address
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_WRITE
from apps.registry.repos.selectors.files import git_of

from .packets import FLUSH, PacketReader, inflate, packet
from .policies import GIT_REFS, RECEIVE_PACK, UPLOAD_PACK
from .push import PushRequest, advertise_push, read_push, report

log = structlog.get_logger(__name__)
LOGGED_LIMIT = 10
FETCH_LIMIT_BYTES = 32 << 20
BLOCK_BYTES = 1 << 16


@requires(GIT_REFS)
@require_GET
def info_refs(request: HubRequest, repo: Repo) -> HttpResponseBase:
    """Advertise the refs of a repository, the first request of every fetch and push."""
    service, git = request.GET["service"], git_of(repo)
    body = advertise_push(git) if service == RECEIVE_PACK else _advertise_fetch(git.folder, request)
    return _uncached(HttpResponse(body, content_type=f"application/x-{service}-advertisement"))


@takes_body(FETCH_LIMIT_BYTES)
@requires(REPO_READ)
@require_POST
def upload_pack(request: HubRequest, repo: Repo) -> HttpResponseBase:
    """Stream the requested objects from `git upload-pack`."""
    git = git_of(repo)
    requested = spooled_file(declared_length(request) or 0)
    for block in _body(request, FETCH_LIMIT_BYTES):
        requested.write(block)
    requested.seek(0)
    stream = _stream_fetch(git.folder, requested, _protocol(request))
    return _uncached(ByteStream(stream, content_type="application/x-git-upload-pack-result"))


@takes_body(lambda: settings.UPLOAD_LIMIT_BYTES)
@requires(REPO_WRITE)
@require_POST
def receive_pack(request: HubRequest, repo: Repo) -> HttpResponseBase:
    """Receive a push: quarantine its objects, check them, then update the refs."""
    git = git_of(repo)
    reader = PacketReader(_body(request, settings.UPLOAD_LIMIT_BYTES))
    push = read_push(reader)
    body = _receive(request, repo.address, git.folder, push, reader) if push.moves else FLUSH
    return _uncached(HttpResponse(body, content_type="application/x-git-receive-pack-result"))


def _receive(
    request: HubRequest, address: Address, folder: Path, push: PushRequest, reader: PacketReader
) -> bytes:
    """Return the status report of a push. Refusals are part of it, since git shows them only there."""
    with Quarantine(folder) as quarantine:
        try:
            check_free_space(folder)
            if push.has_pack:
                release_connection()
                quarantine.receive(reader.rest(), settings.UPLOAD_LIMIT_BYTES)
            accepted = accept_push(
                actor=request.actor, address=address, moves=push.moves, quarantine=quarantine
            )
        except BadPack as refusal:
            return _refuse(push, refusal, unpacked=_first_line(refusal))
        except BranchMoved as refusal:
            return _refuse(push, refusal, reason="fetch first")
        except Refusal as refusal:
            return _refuse(push, refusal, reason=_first_line(refusal))
        except Exception as error:
            full = find_disk_full(error)
            if full is None:
                raise
            return _refuse(push, full, reason=_first_line(full))
    return report(push, messages=[f"warning: {sentence}" for sentence in accepted.warnings])


def _refuse(push: PushRequest, refusal: Refusal, *, unpacked: str = "ok", reason: str = "") -> bytes:
    log.info("push.refused", code=refusal.code, refs=[move.ref for move in push.moves[:LOGGED_LIMIT]])
    return report(push, unpacked=unpacked, reason=reason or "rejected", messages=refusal.message.splitlines())


def _first_line(refusal: Refusal) -> str:
    return refusal.message.splitlines()[0][:150]


def _advertise_fetch(folder: Path, request: HubRequest) -> bytes:
    protocol = _protocol(request)
    result = run_git(
        folder, "upload-pack", "--stateless-rpc", "--http-backend-info-refs", ".", environment=protocol
    )
    result.check_returncode()
    greeting = (
        b""
        if result.stdout.startswith(b"000eversion 2")
        else packet(f"# service={UPLOAD_PACK}\n".encode()) + FLUSH
    )
    return greeting + result.stdout


def _protocol(request: HubRequest) -> dict[str, str]:
    """Return git's environment variable for the protocol version that the client requests."""
    requested = request.headers.get("Git-Protocol", "")
    return {"GIT_PROTOCOL": requested} if requested in ("version=1", "version=2") else {}


def _stream_fetch(folder: Path, requested: IO[bytes], protocol: dict[str, str]) -> Iterator[bytes]:
    with ExitStack() as stack:
        stack.enter_context(requested)
        child = stack.enter_context(
            open_git(folder, "upload-pack", "--stateless-rpc", ".", stdin=requested, environment=protocol)
        )
        limit_child(child.pid)
        assert child.stdout is not None
        while block := child.stdout.read1(BLOCK_BYTES):  # type: ignore[attr-defined]
            yield block


def _body(request: HubRequest, limit_bytes: int) -> Iterator[bytes]:
    blocks = body_blocks(request, limit=limit_bytes, block=BLOCK_BYTES)
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding in ("gzip", "x-gzip"):
        return inflate(blocks, limit_bytes)
    if encoding not in ("", "identity"):
        raise BadRequest(
            _("Content-Encoding %(encoding)s is not supported. Send the body uncompressed or as gzip.")
            % {"encoding": encoding[:40]}
        )
    return blocks


def _uncached(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-cache, max-age=0, must-revalidate"
    return response
