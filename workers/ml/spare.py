"""A spare runner: a process in its sandbox that has loaded the libraries and waits for its one job."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil
import structlog

from .child import Child
from .context import SPARE
from .disk import has_free_space
from .faults import PlatformFault
from .folder import JobFolder, lock_folder, sweep
from .processes import start_runner
from .sandbox import sandbox_check
from .settings import GIB, WorkerSettings

log = structlog.get_logger(__name__)
START_SECONDS = 5.0
# the libraries take a fifth of it; the rest is for whatever else runs on the machine
FREE_MEMORY_BYTES = 2 * GIB


@dataclass(frozen=True, slots=True)
class Spare:
    """A waiting runner. lock: an open file that holds the lock of its folder"""

    child: Child
    folder: JobFolder
    lock: int


class SpareRunner:
    """Keeps at most one runner that waits for a job.

    Each is used once, by one job, since a job may change whatever its process holds. A job that is not
    isolated gets none: the folder of a spare is moved when it is used, and only a sandbox does not see that.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._spare: Spare | None = None
        sweep(settings.spares_dir, keep_seconds=-1)

    def start(self) -> None:
        """Start a spare unless there is one, or the machine lacks the memory.

        The calling thread has to live as long as the worker: bubblewrap ends with the thread that started it.
        """
        if self._spare and self._spare.child.is_running():
            return
        self.stop()
        bubblewrap = sandbox_check(self._settings).executable
        if not (self._settings.has_spare and bubblewrap and self._has_capacity()):
            return
        name = secrets.token_hex(8)
        folder = JobFolder(self._settings.spares_dir / name)
        try:
            lock = lock_folder(self._settings.spares_dir, name)
            folder.prepare()
            child = start_runner(folder, _log_line, bubblewrap=bubblewrap, options=[SPARE])
        except (OSError, PlatformFault) as error:
            log.warning("spare.failed", error=str(error))
            return
        self._spare = Spare(child, folder, lock)

    def take(self, folder: JobFolder) -> Child | None:
        """Give the spare to a job: its folder takes the place of the job's, which keeps its checkpoints.

        returns  None if there is no spare; then the job's folder is as it was
        """
        spare, self._spare = self._spare, None
        if spare is None:
            return None
        if _is_in_sandbox(spare.child) and spare.child.is_running():
            try:
                folder.replace_by(spare.folder)
                _forget(spare)
                return spare.child
            except OSError as error:
                log.warning("spare.failed", error=str(error))
        self._spare = spare
        self.stop()
        return None

    def stop(self) -> None:
        """End the spare, if there is one."""
        spare, self._spare = self._spare, None
        if spare:
            spare.child.kill()
            shutil.rmtree(spare.folder.root, ignore_errors=True)
            _forget(spare)

    def _has_capacity(self) -> bool:
        has_memory = psutil.virtual_memory().available > FREE_MEMORY_BYTES
        return has_memory and has_free_space(self._settings.jobs_dir, self._settings.reserve_bytes)


def _is_in_sandbox(child: Child) -> bool:
    """Wait a moment until the runner reports itself; return whether it has."""
    end = time.monotonic() + START_SECONDS

    def check() -> None:
        if time.monotonic() > end:
            raise TimeoutError

    try:
        return next(child.messages(check), None) is not None
    except TimeoutError:
        return False


def _forget(spare: Spare) -> None:
    with suppress(OSError):
        spare.folder.root.with_suffix(".lock").unlink(missing_ok=True)
    os.close(spare.lock)


def _log_line(line: str) -> None:
    log.debug("spare.line", line=line)
