"""A push on its way in: its objects stand apart until they are accepted."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from apps.core.disk_space import DiskFull, means_disk_full
from apps.core.spool import SMALL_BYTES, spooled_file

from .children import feed_git, open_git, records
from .errors import BadPack
from .object_directory import ObjectDirectory
from .repo import GitRepo
from .retained_refs import RETAINED

FEW_OBJECTS = 100
# what old programs wrote into histories that are cloned to this day; other faults are refused
STRICT = "--strict=" + ",".join(
    f"{fault}=ignore" for fault in ("badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode")
)


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that no ref led to before: kind is commit, tree, blob or tag; `path` is where it was met first, raw."""

    oid: str
    kind: str
    size: int
    path: bytes


class Quarantine(ObjectDirectory):
    """The objects of one push, in a directory of their own that borrows the repository's."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "GIT_OBJECT_DIRECTORY": str(self.root),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self.objects),
            "GIT_QUARANTINE_PATH": str(self.root),
        }

    def open(self) -> GitRepo:
        """Open the repository together with what is in quarantine."""
        return GitRepo(self.folder, borrow=self.root)

    def receive(self, blocks: Iterable[bytes], limit_bytes: int) -> None:
        """Store a pack as it arrives; git checks each object.

        limit_bytes  the most bytes of the pack
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

    def new_objects(self, tips: Iterable[str]) -> Iterator[NewObject]:
        """Yield every object that the tips lead to and no ref did.

        raises  BadPack if something that they need is missing
        """
        revisions = "".join(f"{tip}\n" for tip in tips).encode()
        with spooled_file(SMALL_BYTES) as asked:
            asked.write(revisions)
            asked.seek(0)
            with open_git(
                self.folder,
                "rev-list",
                "--objects",
                "--stdin",
                "--not",
                f"--exclude={RETAINED}*",
                "--all",
                stdin=asked,
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
                        "Objects that the push needs are missing. Push from a complete clone (git fetch --unshallow)."
                    )


def _new_object(record: bytes) -> NewObject:
    kind, _, rest = record.partition(b" ")
    size, _, rest = rest.partition(b" ")
    oid, _, path = rest.partition(b" ")
    if kind not in (b"commit", b"tree", b"blob", b"tag"):
        raise BadPack("Objects that the push needs are missing.")
    return NewObject(oid.decode(), kind.decode(), int(size), path)


def _at_least(count: int, stream: Iterator[bytes]) -> bytes:
    head = b""
    while len(head) < count and (block := next(stream, None)) is not None:
        head += block
    return head


def _refusal(words: bytes, status: int) -> BadPack | DiskFull:
    """Return what a child that failed has to say."""
    if b"Out of memory" in words or status == -signal.SIGXCPU:
        return BadPack(
            "An object of the push is too large for git here. Keep large files in Git LFS, then push again."
        )
    return DiskFull() if means_disk_full(words.decode(errors="replace")) else BadPack(_reason(words))


def _reason(raw: bytes) -> str:
    lines = [line.strip() for line in raw.decode(errors="replace").splitlines() if line.strip()]
    wanted = [line.partition(": ")[2] for line in lines if line.startswith(("fatal: ", "error: "))]
    return f"The pack was refused: {'; '.join(wanted or lines)[:400] or 'git could not read it'}."
