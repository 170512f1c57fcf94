"""Receiving a push: its objects stay in quarantine until it is accepted."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from apps.core.disk_space import DiskFull, means_disk_full
from apps.core.web.spool import SMALL_BYTES, spooled_file

from .children import feed_git, open_git, records
from .errors import BadPack
from .object_directory import ObjectDirectory
from .repo import GitRepo
from .retained_refs import RETAINED

FEW_OBJECTS = 100
# faults that old programs made, found in histories that are still in use; git refuses all other errors
# source  git's Documentation/fsck-msgids
OLD_FAULTS = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badName",
    "badTimezone",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "multipleAuthors",
    "nulInCommit",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)
STRICT = "--strict=" + ",".join(f"{fault}=warn" for fault in OLD_FAULTS)


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object new to the repository: kind is commit, tree, blob or tag; `path` is its first path, raw."""

    oid: str
    kind: str
    size: int
    path: bytes


class Quarantine(ObjectDirectory):
    """The objects of one push, in a directory of their own that borrows the repository's.

    faults  what git accepted with a warning
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.faults: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        return {
            "GIT_OBJECT_DIRECTORY": str(self.root),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self.objects),
            "GIT_QUARANTINE_PATH": str(self.root),
        }

    def open(self) -> GitRepo:
        """Open the repository together with the quarantined objects."""
        return GitRepo(self.folder, borrow=self.root)

    def receive(self, blocks: Iterable[bytes], limit_bytes: int) -> None:
        """Store a pack as it arrives; git checks each object.

        limit_bytes  largest accepted pack
        raises       BadPack with git's reason
        """
        stream = iter(blocks)
        head = _at_least(12, stream)
        if not head:
            return
        if len(head) < 12 or not head.startswith(b"PACK"):
            raise BadPack("This is not a pack of git objects.")
        count = int.from_bytes(head[8:12], "big")
        limit = f"--max-input-size={limit_bytes}"
        command = (
            ["unpack-objects", "-q", STRICT, limit]
            if count < FEW_OBJECTS
            else ["index-pack", "--stdin", "--fix-thin", STRICT, limit]
        )
        done = feed_git(self.folder, *command, blocks=chain([head], stream), environment=self.environment)
        if done.status:
            raise _refusal(done.errors, done.status)
        self.faults = _faults(done.errors)

    def new_objects(self, tips: Iterable[str]) -> Iterator[NewObject]:
        """Yield every object reachable from the tips but from no existing ref.

        raises  BadPack if an object is missing
        """
        revisions = "".join(f"{tip}\n" for tip in tips).encode()
        with spooled_file(SMALL_BYTES) as tip_file:
            tip_file.write(revisions)
            tip_file.seek(0)
            with open_git(
                self.folder,
                "rev-list",
                "--objects",
                "--stdin",
                "--not",
                f"--exclude={RETAINED}*",
                "--all",
                stdin=tip_file,
                environment=self.environment,
            ) as walk:
                with open_git(
                    self.folder,
                    "cat-file",
                    "--batch-check=%(objecttype) %(objectsize) %(objectname) %(rest)",
                    "--buffer",
                    stdin=walk.stdout or 0,
                    environment=self.environment,
                ) as facts:
                    assert facts.stdout is not None
                    for record in records(facts.stdout, b"\n"):
                        yield _new_object(record)
                if walk.wait():
                    raise BadPack(
                        "Objects that the push needs are missing. "
                        "Push from a complete clone (git fetch --unshallow)."
                    )


def _new_object(record: bytes) -> NewObject:
    kind, _, rest = record.partition(b" ")
    size, _, rest = rest.partition(b" ")
    oid, _, path = rest.partition(b" ")
    if kind not in (b"commit", b"tree", b"blob", b"tag"):
        raise BadPack("Objects that the push needs are missing.")
    return NewObject(oid.decode(), kind.decode(), int(size), path)


def _faults(errors: bytes) -> list[str]:
    """Return the warnings of an accepted pack, as git words them."""
    lines = errors.decode(errors="replace").splitlines()
    return [line.partition(": ")[2] for line in lines if line.startswith("warning: ")]


def _at_least(count: int, stream: Iterator[bytes]) -> bytes:
    head = b""
    while len(head) < count and (block := next(stream, None)) is not None:
        head += block
    return head


def _refusal(errors: bytes, status: int) -> BadPack | DiskFull:
    """Translate the errors of a failed child."""
    if b"Out of memory" in errors or status == -signal.SIGXCPU:
        return BadPack("An object of the push is too large. Store large files with Git LFS, then push again.")
    return DiskFull() if means_disk_full(errors.decode(errors="replace")) else BadPack(_reason(errors))


def _reason(raw: bytes) -> str:
    lines = [line.strip() for line in raw.decode(errors="replace").splitlines() if line.strip()]
    wanted = [line.partition(": ")[2] for line in lines if line.startswith(("fatal: ", "error: "))]
    return f"The pack was refused: {'; '.join(wanted or lines)[:400] or 'git could not read it'}."
