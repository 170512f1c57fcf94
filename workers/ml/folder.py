"""A job's folder on the worker's disk: inputs, checkpoints, output, and who holds it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .faults import OurFault

LOCK_SECONDS = 20.0
LEVELS = 20
SAFE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class JobFolder:
    """Paths of one job.

    inputs  read-only to the child: order.json, model/, dataset/
    run     writable by the child: checkpoints/, output/, result.json, cache/, home/, tmp/
    """

    root: Path

    @property
    def inputs(self) -> Path:
        return self.root / "inputs"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def order(self) -> Path:
        return self.inputs / "order.json"

    @property
    def checkpoints(self) -> Path:
        return self.run / "checkpoints"

    @property
    def output(self) -> Path:
        return self.run / "output"

    @property
    def result(self) -> Path:
        return self.run / "result.json"

    @property
    def transfer(self) -> Path:
        """Where the hub client keeps its own files; the child never sees it."""
        return self.root / "transfer"

    def prepare(self) -> None:
        """Make the folders; what an earlier attempt left, but its checkpoints and inputs, goes."""
        for leftover in (self.output, self.run / "cache", self.run / "tmp", self.run / "home", self.result):
            discard(leftover)
        if not is_real_folder(self.checkpoints):
            discard(self.checkpoints)
        for folder in (
            self.inputs,
            self.checkpoints,
            self.output,
            self.run / "cache",
            self.run / "tmp",
            self.run / "home",
            self.transfer,
        ):
            folder.mkdir(parents=True, exist_ok=True)

    def read_result(self, *, limit: int) -> bytes | None:
        """Return what the child wrote as its result; None if that is no file of at most `limit` bytes.

        The file is judged once it is open: the child may put a link in its place at any time.
        """
        try:
            descriptor = os.open(self.result, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > limit:
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read(limit)

    def give_run(self, owner: int) -> None:
        """Make a user the owner of all that the child may write: of the links themselves, never of what they lead to."""
        os.chown(self.run, owner, owner)
        for place, folders, files in os.walk(self.run):
            for name in (*folders, *files):
                os.chown(os.path.join(place, name), owner, owner, follow_symlinks=False)

    def open_inputs(self) -> None:
        """Let every user read the inputs, once there; the folders above them stay closed."""
        self.inputs.chmod(0o755)
        for place, folders, files in os.walk(self.inputs):
            for name in folders:
                os.chmod(os.path.join(place, name), 0o755)  # noqa: S103
            for name in files:
                os.chmod(os.path.join(place, name), 0o644)

    def remove(self) -> None:
        remove_tree(self.root)

    def keep_checkpoints(self) -> None:
        """Remove all but the checkpoints: a retry goes on from there."""
        for entry in (
            self.inputs,
            self.transfer,
            self.output,
            self.run / "cache",
            self.run / "tmp",
            self.run / "home",
        ):
            discard(entry)


def make_private(jobs_dir: Path) -> None:
    """Make the folder of all jobs, closed to everybody but the worker."""
    jobs_dir.mkdir(parents=True, exist_ok=True)
    jobs_dir.chmod(0o700)


def is_real_folder(path: Path) -> bool:
    """Say whether a path is a folder itself, not a link to one: a child may have put anything in its place."""
    return path.is_dir() and not path.is_symlink()


def discard(path: Path) -> None:
    """Remove a folder with all that is in it, or a file or link in its place."""
    if is_real_folder(path):
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove a folder with what is in it, also what a job made unreadable."""

    def open_up(act: object, path: str, reason: object) -> None:
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), stat.S_IRWXU)
            if not os.path.islink(path) and os.path.isdir(path):
                os.chmod(path, stat.S_IRWXU)

    for _ in range(LEVELS):
        if folder.exists():
            shutil.rmtree(folder, onerror=open_up)


@contextmanager
def job_folder(jobs_dir: Path, job_id: str) -> Iterator[JobFolder]:
    """Hold the folder of a job; the lock goes with the process, however it ends.

    raises  OurFault if another process still holds it
    """
    if not SAFE_ID.fullmatch(job_id):
        raise OurFault("worker_error", "The job's id is no name for a folder.")
    make_private(jobs_dir)
    descriptor = os.open(jobs_dir / f"{job_id}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.utime(descriptor)
        _lock(descriptor)
        yield JobFolder(jobs_dir / job_id)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise OurFault("worker_busy", "Another attempt still holds the job's folder.") from None
        time.sleep(0.2)


def sweep(jobs_dir: Path, *, keep_seconds: float) -> None:
    """Remove folders that nobody holds and nobody came back to."""
    for lock in jobs_dir.glob("*.lock"):
        with open(lock, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            folder = lock.with_suffix("")
            if time.time() - lock.stat().st_mtime > keep_seconds:
                remove_tree(folder)
                lock.unlink(missing_ok=True)
