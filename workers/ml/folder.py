"""A job's folder on the worker's disk: inputs, checkpoints, output and a lock for the current attempt."""

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

from .faults import PlatformFault

LOCK_SECONDS = 20.0
LEVELS = 20
SAFE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class JobFolder:
    """Paths of one job.

    inputs  read-only to the child: order.json, model/, dataset/
    run     writable by the child: checkpoints/, output/, artifacts/, result.json, cache/, home/, tmp/
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
    def artifacts(self) -> Path:
        """Files that the job keeps beside its output."""
        return self.run / "artifacts"

    @property
    def scratch(self) -> tuple[Path, ...]:
        """What an attempt leaves that no other one uses."""
        return (
            self.output,
            self.artifacts,
            self.run / "cache",
            self.run / "tmp",
            self.run / "home",
        )

    @property
    def result(self) -> Path:
        return self.run / "result.json"

    @property
    def transfer(self) -> Path:
        """Home of the hub client; invisible to the runner."""
        return self.root / "transfer"

    def prepare(self) -> None:
        """Create the folders and remove what an earlier attempt left, except its inputs and checkpoints."""
        for leftover in (*self.scratch, self.result):
            discard(leftover)
        if not is_real_directory(self.checkpoints):
            discard(self.checkpoints)
        for folder in (self.inputs, self.checkpoints, *self.scratch, self.transfer):
            folder.mkdir(parents=True, exist_ok=True)

    def read_result(self, *, limit: int) -> bytes | None:
        """Return the child's result; None unless it is a regular file of at most `limit` bytes.

        The check comes after opening, since the child may replace the file by a link at any time.
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

    def chown_run(self, owner: int) -> None:
        """Give the run folder to a user without following symbolic links."""
        os.chown(self.run, owner, owner)
        for place, folders, files in os.walk(self.run):
            for name in (*folders, *files):
                os.chown(os.path.join(place, name), owner, owner, follow_symlinks=False)

    def make_inputs_readable(self) -> None:
        """Make the inputs readable by every user; the folders above them stay private."""
        self.inputs.chmod(0o755)
        for place, folders, files in os.walk(self.inputs):
            for name in folders:
                os.chmod(os.path.join(place, name), 0o755)  # noqa: S103
            for name in files:
                os.chmod(os.path.join(place, name), 0o644)

    def remove(self) -> None:
        remove_tree(self.root)

    def keep_checkpoints(self) -> None:
        """Remove everything but the checkpoints, from which a retry resumes."""
        for entry in (self.inputs, self.transfer, *self.scratch):
            discard(entry)


def create_private(jobs_dir: Path) -> None:
    """Create the folder of all jobs, accessible to the worker only."""
    jobs_dir.mkdir(parents=True, exist_ok=True)
    jobs_dir.chmod(0o700)


def is_real_directory(path: Path) -> bool:
    """Return whether a path is a folder and not a symbolic link to one."""
    return path.is_dir() and not path.is_symlink()


def discard(path: Path) -> None:
    """Remove a folder with its contents, or a file or symbolic link in its place."""
    if is_real_directory(path):
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove a folder with its contents, including what a job made unreadable."""

    def make_writable(function: object, path: str, error: object) -> None:
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), stat.S_IRWXU)
            if not os.path.islink(path) and os.path.isdir(path):
                os.chmod(path, stat.S_IRWXU)

    for _ in range(LEVELS):
        if folder.exists():
            shutil.rmtree(folder, onerror=make_writable)


@contextmanager
def job_folder(jobs_dir: Path, job_id: str) -> Iterator[JobFolder]:
    """Lock the folder of a job; the kernel releases the lock when the process ends.

    raises  PlatformFault if another process holds it
    """
    if not SAFE_ID.fullmatch(job_id):
        raise PlatformFault("worker_error", "The job's id is not a valid folder name.")
    create_private(jobs_dir)
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
                raise PlatformFault("worker_busy", "Another attempt still uses the job's folder.") from None
        time.sleep(0.2)


def sweep(jobs_dir: Path, *, keep_seconds: float) -> None:
    """Remove unlocked folders that have not been used for `keep_seconds`."""
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
