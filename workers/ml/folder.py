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
        for leftover in (self.output, self.run / "cache", self.run / "tmp", self.run / "home"):
            remove_tree(leftover)
        self.result.unlink(missing_ok=True)
        for folder in (self.inputs, self.checkpoints, self.output, self.run / "cache", self.run / "tmp", self.run / "home", self.transfer):
            folder.mkdir(parents=True, exist_ok=True)

    def remove(self) -> None:
        remove_tree(self.root)

    def keep_checkpoints(self) -> None:
        """Remove all but the checkpoints: a retry goes on from there."""
        for entry in (self.inputs, self.transfer, self.output, self.run / "cache", self.run / "tmp", self.run / "home"):
            remove_tree(entry)


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
    jobs_dir.mkdir(parents=True, exist_ok=True)
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
