"""A push on its way in: its objects stand apart until they are accepted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from apps.core.disk_space import DiskFull, means_disk_full
from apps.core.spool import SMALL_BYTES, spooled_file

from .children import git_environment, limit_child, open_git, records
from .errors import BadPack
from .kept import KEPT
from .repo import GitRepo

# git's own prefix: what a power cut leaves is swept by `git gc`
PREFIX = "tmp_objdir-incoming-"
FEW_OBJECTS = 100
# what taking a small pack may cost, and how slowly a large one may be taken
LEAST_MEMORY_BYTES, LEAST_SECONDS = 1 << 30, 60
STEP_BYTES, BYTES_PER_SECOND = 4 << 20, 256 << 10
# what old programs wrote into histories that are cloned to this day; other faults are refused
STRICT = "--strict=" + ",".join(
    f"{fault}=ignore" for fault in ("badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode")
)
WORDS_LIMIT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that no ref led to before: kind is commit, tree, blob or tag; `path` is where it was met first, raw."""

    oid: str
    kind: str
    size: int
    path: bytes


class Quarantine:
    """Objects of one push, in a folder of their own that borrows the repository's; gone at the end unless kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.root = self.objects / f"{PREFIX}{uuid.uuid4().hex}"

    def __enter__(self) -> Quarantine:
        (self.root / "pack").mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

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
        self._feed(command, head, stream)

    def _feed(self, command: list[str], head: bytes, stream: Iterator[bytes]) -> None:
        environment = git_environment(self.environment)
        child = subprocess.Popen(
            ["git", "--git-dir", str(self.folder), *command],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=self.folder,
        )  # fmt: skip
        assert child.stderr is not None
        words = bytearray()
        # not a file: on a full disk, nothing would say that it is full
        listener = threading.Thread(target=_hear, args=(child.stderr, words))
        listener.start()
        try:
            _pump(child, head, stream)
            status = child.wait()
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            listener.join()
            child.stderr.close()
        if status:
            raise _refusal(bytes(words), status)

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
                f"--exclude={KEPT}*",
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

    def keep(self) -> None:
        """Move everything into the repository; indexes last, so that no reader sees half a pack."""
        packs = sorted((self.root / "pack").iterdir(), key=lambda file: (file.suffix == ".idx", file.name))
        for file in packs:
            _move(file, self.objects / "pack" / file.name)
        for folder in self.root.iterdir():
            if len(folder.name) == 2 and folder.is_dir():
                (self.objects / folder.name).mkdir(exist_ok=True)
                for file in folder.iterdir():
                    _move(file, self.objects / folder.name / file.name)


def _new_object(record: bytes) -> NewObject:
    kind, _, rest = record.partition(b" ")
    size, _, rest = rest.partition(b" ")
    oid, _, path = rest.partition(b" ")
    if kind not in (b"commit", b"tree", b"blob", b"tag"):
        raise BadPack("Objects that the push needs are missing.")
    return NewObject(oid.decode(), kind.decode(), int(size), path)


def _move(file: Path, place: Path) -> None:
    """Move a file; one with the same name holds the same object."""
    if place.exists():
        file.unlink()
    else:
        os.rename(file, place)


def _at_least(count: int, stream: Iterator[bytes]) -> bytes:
    head = b""
    while len(head) < count and (block := next(stream, None)) is not None:
        head += block
    return head


def _hear(pipe: IO[bytes], words: bytearray) -> None:
    """Take what a child says, and keep the beginning."""
    while data := pipe.read1(WORDS_LIMIT_BYTES):  # type: ignore[attr-defined]
        words += data[: WORDS_LIMIT_BYTES - len(words)]


def _refusal(words: bytes, status: int) -> BadPack | DiskFull:
    """Return what a child that failed has to say."""
    if b"Out of memory" in words or status == -signal.SIGXCPU:
        return BadPack(
            "An object of the push is too large for git here. Keep large files in Git LFS, then push again."
        )
    return DiskFull() if means_disk_full(words.decode(errors="replace")) else BadPack(_reason(words))


def _pump(child: subprocess.Popen[bytes], head: bytes, stream: Iterator[bytes]) -> None:
    """Feed a child; if it stops reading, its own words tell why, and the rest is read so that the client hears them.

    What it may use grows with what came: some kilobytes can be written so that they expand to gigabytes.
    """
    received, reported = len(head), 0
    limit_child(child.pid, memory_bytes=LEAST_MEMORY_BYTES, seconds=LEAST_SECONDS)
    assert child.stdin is not None
    try:
        with child.stdin as pipe:
            pipe.write(head)
            for block in stream:
                received += len(block)
                if received - reported > STEP_BYTES:
                    reported = received
                    seconds = LEAST_SECONDS + received // BYTES_PER_SECOND
                    limit_child(child.pid, memory_bytes=LEAST_MEMORY_BYTES + received, seconds=seconds)
                pipe.write(block)
    except BrokenPipeError:
        for _ in stream:
            pass


def _reason(raw: bytes) -> str:
    lines = [line.strip() for line in raw.decode(errors="replace").splitlines() if line.strip()]
    wanted = [line.partition(": ")[2] for line in lines if line.startswith(("fatal: ", "error: "))]
    return f"The pack was refused: {'; '.join(wanted or lines)[:400] or 'git could not read it'}."
