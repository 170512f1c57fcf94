"""The server side of a push: ref advertisement, commands and status report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.core.errors import BadRequest
from apps.registry.gitstore import GitRepo, RefMove

from .packets import DATA_BAND, FLUSH, PROGRESS_BAND, PacketReader, packet, side_band

ZERO = "0" * 40
COMMAND = re.compile(rb"([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]{1,1024})\n?")
# more than a push may have, so that the limit is told in the report
COMMANDS_LIMIT = 100_000
CAPABILITIES = (
    "report-status delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 agent=git/banyan"
)


@dataclass(slots=True)
class PushRequest:
    """The commands and capabilities of a push."""

    moves: list[RefMove] = field(default_factory=list)
    capabilities: frozenset[str] = frozenset()

    @property
    def has_pack(self) -> bool:
        return any(move.new for move in self.moves)


def advertise_push(git: GitRepo) -> bytes:
    """Return the ref advertisement of a push: every ref, and the server's capabilities.

    source  git's Documentation/gitprotocol-pack, "Reference Discovery"
    """
    refs = git.refs()
    lines = [
        f"{git.raw_target(ref.ref)} {ref.ref}"
        for ref in [*refs.branches, *refs.converts, *refs.pulls, *refs.tags]
    ]
    head, *others = lines or [f"{ZERO} capabilities^{{}}"]
    packets = [
        packet(f"{head}\0{CAPABILITIES}\n".encode()),
        *[packet(f"{line}\n".encode()) for line in others],
    ]
    return b"".join([packet(b"# service=git-receive-pack\n"), FLUSH, *packets, FLUSH])


def read_push(reader: PacketReader) -> PushRequest:
    """Read the commands of a push.

    raises  BadRequest
    """
    request = PushRequest()
    for line in reader.lines():
        command, _, capabilities = line.partition(b"\0")
        if command.startswith(b"shallow "):
            continue
        found = COMMAND.fullmatch(command)
        if not found:
            raise BadRequest("The push has a malformed command.")
        if len(request.moves) >= COMMANDS_LIMIT:
            raise BadRequest(f"The push has more than {COMMANDS_LIMIT:,} commands.")
        if capabilities:
            request.capabilities = frozenset(capabilities.decode(errors="replace").split())
        request.moves.append(_move(*found.groups()))
    return request


def _move(old: bytes, new: bytes, ref: bytes) -> RefMove:
    try:
        name = ref.decode()
    except UnicodeDecodeError:
        raise BadRequest("A ref name is not valid UTF-8.") from None
    before, after = (None if sha == ZERO.encode() else sha.decode() for sha in (old, new))
    if before is None and after is None:
        raise BadRequest("The push has a malformed command.")
    return RefMove(name, before, after)


def report(
    request: PushRequest, *, unpacked: str = "ok", reason: str = "", messages: Iterable[str] = ()
) -> bytes:
    """Return the status report of a push.

    unpacked  "ok", or why the pack was rejected
    reason    why every ref was rejected, in one line; empty if all were updated
    messages  lines that git prints after `remote:`
    """
    rejection = " ".join(reason.split())[:200]
    lines = [packet(f"unpack {unpacked}\n".encode())]
    lines += [
        packet(f"ng {move.ref} {rejection}\n".encode() if rejection else f"ok {move.ref}\n".encode())
        for move in request.moves
    ]
    status = b"".join(lines) + FLUSH if request.capabilities & {"report-status", "report-status-v2"} else b""
    if "side-band-64k" not in request.capabilities:
        return status
    progress = b"".join(side_band(PROGRESS_BAND, f"{line}\n".encode()) for line in messages)
    return progress + side_band(DATA_BAND, status) + FLUSH
