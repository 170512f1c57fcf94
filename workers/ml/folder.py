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
    run     writable by the child: checkpoints/, output/, artifacts/, result.json, cache/, home/, tmp/, ranks/
    rank    of a process that trains together with others; those after the first have an output, a result and
            a cache that nobody reads
    """

    root: Path
    rank: int = 0

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
    def cache(self) -> Path:
        return self._own / "cache"

    @property
    def output(self) -> Path:
        return self._own / "output"

    @property
    def artifacts(self) -> Path:
        """Files that the job keeps beside its output."""
        return self._own / "artifacts"

    @property
    def scratch(self) -> tuple[Path, ...]:
        """What an attempt leaves that no other one uses."""
        return (
            self.output,
            self.artifacts,
            self.cache,
            *(self.run / name for name in ("tmp", "home", "ranks")),
        )

    @property
    def result(self) -> Path:
        return self._own / "result.json"

    @property
    def _own(self) -> Path:
        return self.run / "ranks" / str(self.rank) if self.rank else self.run

    def make_own(self) -> None:
        """Create what a process after the first has for itself."""
        for folder in (self.output, self.artifacts, self.cache):
            folder.mkdir(parents=True, exist_ok=True)

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
        """Return the child's result; None unless it is a regular file of at most `limit` bytes."""
        return read_regular(self.result, limit=limit)

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

    def replace_by(self, prepared: JobFolder) -> None:
        """Put another prepared folder in the place of this one, whose checkpoints it gets.

        A sandbox that was started on the other folder keeps its mounts.
        """
        if is_real_directory(self.run) and is_real_directory(self.checkpoints):
            os.rename(self.checkpoints, prepared.checkpoints)
        discard(self.root)
        os.rename(prepared.root, self.root)


def create_private(jobs_dir: Path) -> None:
    """Create the folder of all jobs, accessible to the worker only."""
    jobs_dir.mkdir(parents=True, exist_ok=True)
    jobs_dir.chmod(0o700)


def read_regular(path: Path, *, limit: int) -> bytes | None:
    """Return the content of a file; None unless it is a regular file of at most `limit` bytes.

    The check comes after opening, since a child may replace the file by a link or a pipe at any time.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > limit:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit)


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
    descriptor = lock_folder(jobs_dir, job_id)
    try:
        yield JobFolder(jobs_dir / job_id)
    finally:
        os.close(descriptor)


def lock_folder(jobs_dir: Path, name: str) -> int:
    """Return an open file that holds the lock of a folder in `jobs_dir` (raises as job_folder)."""
    if not SAFE_ID.fullmatch(name):
        raise PlatformFault("worker_error", "The job's id is not a valid folder name.")
    create_private(jobs_dir)
    descriptor = os.open(jobs_dir / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.utime(descriptor)
        _lock(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


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
