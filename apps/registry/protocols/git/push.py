"""The server's half of a push: what the client wants moved, and the report that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.core.errors import BadRequest
from apps.registry.gitstore import GitRepo, RefMove

from .packets import FLUSH, RESULT_BAND, WORDS_BAND, PacketReader, packet, side_band

ZERO = "0" * 40
COMMAND = re.compile(rb"([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]{1,1024})\n?")
COMMANDS_LIMIT = 10_000
ABILITIES = (
    "report-status delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 agent=git/banyan"
)


@dataclass(slots=True)
class PushRequest:
    """What the head of a push says."""

    moves: list[RefMove] = field(default_factory=list)
    abilities: frozenset[str] = frozenset()

    @property
    def has_pack(self) -> bool:
        return any(move.new for move in self.moves)


def advertise_push(git: GitRepo) -> bytes:
    """Return what a push begins with: every ref, and what we understand.

    source  git's Documentation/gitprotocol-pack, "Reference Discovery"
    """
    refs = git.refs()
    lines = [
        f"{git.raw_target(ref.ref)} {ref.ref}"
        for ref in [*refs.branches, *refs.converts, *refs.pulls, *refs.tags]
    ]
    head, *others = lines or [f"{ZERO} capabilities^{{}}"]
    packets = [packet(f"{head}\0{ABILITIES}\n".encode()), *[packet(f"{line}\n".encode()) for line in others]]
    return b"".join([packet(b"# service=git-receive-pack\n"), FLUSH, *packets, FLUSH])


def read_push(reader: PacketReader) -> PushRequest:
    """Read the commands of a push.

    raises  BadRequest
    """
    request = PushRequest()
    for line in reader.lines():
        command, _, abilities = line.partition(b"\0")
        if command.startswith(b"shallow "):
            continue
        found = COMMAND.fullmatch(command)
        if not found or len(request.moves) >= COMMANDS_LIMIT:
            raise BadRequest("This is not a git push.")
        if abilities:
            request.abilities = frozenset(abilities.decode(errors="replace").split())
        request.moves.append(_move(*found.groups()))
    return request


def _move(old: bytes, new: bytes, ref: bytes) -> RefMove:
    try:
        name = ref.decode()
    except UnicodeDecodeError:
        raise BadRequest("The name of a ref is not valid UTF-8.") from None
    before, after = (None if sha == ZERO.encode() else sha.decode() for sha in (old, new))
    if before is None and after is None:
        raise BadRequest("This is not a git push.")
    return RefMove(name, before, after)


def report(
    request: PushRequest, *, unpacked: str = "ok", refused: str = "", words: Iterable[str] = ()
) -> bytes:
    """Return the answer to a push.

    unpacked  "ok", or why the objects were not taken
    refused   one line that stands beside each ref, or nothing if all moved
    words     lines that the person sees behind `remote:`
    """
    reason = " ".join(refused.split())[:200]
    lines = [packet(f"unpack {unpacked}\n".encode())]
    lines += [
        packet(f"ng {move.ref} {reason}\n".encode() if reason else f"ok {move.ref}\n".encode())
        for move in request.moves
    ]
    status = b"".join(lines) + FLUSH if request.abilities & {"report-status", "report-status-v2"} else b""
    if "side-band-64k" not in request.abilities:
        return status
    said = b"".join(side_band(WORDS_BAND, f"{line}\n".encode()) for line in words)
    return said + side_band(RESULT_BAND, status) + FLUSH
