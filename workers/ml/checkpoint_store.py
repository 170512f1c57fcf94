"""Stores checkpoints on the hub while a job trains, and gets them back on whichever worker goes on.

A job's checkpoints are written in its sandbox and are read there again; here they are files of bytes.
"""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from apps.toolchain.contracts import CheckpointFile, Claim, StoredCheckpoint

from .disk import has_free_space
from .faults import LeaseLost, PlatformFault
from .folder import JobFolder, discard
from .hub import Hub, HubRefusal, HubUnreachable
from .input_cache import hash_of
from .training.checkpoints import FINAL, WEIGHTS_ONLY, is_complete, last_complete, mark_complete, step_of

log = structlog.get_logger(__name__)
# between two uploads; a slow one is followed by a longer pause, so that they take a tenth of the time
PAUSE_SECONDS, PAUSE_FACTOR = 10.0, 9.0
LAST_SECONDS = 15.0
STATE_FILE = "trainer_state.json"


class CheckpointStore:
    """The checkpoints of one attempt.

    report  logs a line in the job
    """

    def __init__(
        self,
        hub: Hub,
        claim: Claim,
        folder: JobFolder,
        report: Callable[[str, str], None],
        *,
        reserve_bytes: int,
    ) -> None:
        self._hub, self._claim, self._folder, self._report = hub, claim, folder, report
        self._reserve_bytes = reserve_bytes
        self._thread: threading.Thread | None = None
        self._next = time.monotonic() + PAUSE_SECONDS
        self._stored_step = 0
        self._is_refused = False

    # getting back

    def restore(self) -> None:
        """Download what the job goes on from, if the hub has a later checkpoint than this worker.

        raises  LeaseLost, PlatformFault
        """
        try:
            self._restore()
        except HubRefusal as refusal:
            raise LeaseLost(refusal.message) from None
        except HubUnreachable as error:
            raise PlatformFault("hub_unreachable", "The hub did not send the last checkpoint.") from error

    def _restore(self) -> None:
        known = {one.step: one for one in self._hub.list_checkpoints(self._claim)}
        final = [one for one in known.values() if one.is_final]
        resumable = [one for one in known.values() if one.is_resumable]
        if final:
            return self._fetch(final[0].step, [FINAL])
        newest = max((one.step for one in resumable), default=0)
        local = last_complete(self._folder.checkpoints)
        if newest <= (step_of(local) if local else 0):
            return
        self._fetch(newest, [])
        best = best_step(self._folder.checkpoints / f"checkpoint-{newest}")
        if best in known and best != newest:
            self._fetch(best, [WEIGHTS_ONLY])
            # the newest is the one whose folder changed last
            os.utime(self._folder.checkpoints / f"checkpoint-{newest}")

    def _fetch(self, step: int, marks: Sequence[str]) -> None:
        """Download one checkpoint. marks: names of empty files that say what it is"""
        target = self._folder.checkpoints / f"checkpoint-{step}"
        if target.is_dir() and is_complete(target):
            return
        discard(target)
        checkpoint = self._hub.get_checkpoint(self._claim, step)
        size = sum(file.size_bytes for file in checkpoint.files)
        if not has_free_space(self._folder.root, self._reserve_bytes + size):
            raise PlatformFault("disk_full", "The worker's disk has no space for the last checkpoint.")
        for file in checkpoint.files:
            path = target / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            self._hub.get_checkpoint_file(self._claim, file, path)
        for name in marks:
            (target / name).touch()
        mark_complete(target)
        self._stored_step = max(self._stored_step, step)
        self._report(f"Got the checkpoint of step {step} from the site.", "info")

    # storing

    def saved(self, step: int) -> None:
        """Store a checkpoint in the background, unless the last one was stored a short time ago."""
        is_busy = self._thread is not None and self._thread.is_alive()
        if is_busy or self._is_refused or time.monotonic() < self._next:
            return
        self._start(step)

    def store_last(self) -> None:
        """Store the newest checkpoint before the worker stops, as far as a moment is enough."""
        end = time.monotonic() + LAST_SECONDS
        if self._thread:
            self._thread.join(LAST_SECONDS)
        last = last_complete(self._folder.checkpoints)
        if last and step_of(last) > self._stored_step and not self._is_refused and time.monotonic() < end:
            self._start(step_of(last)).join(max(0.1, end - time.monotonic()))

    def _start(self, step: int) -> threading.Thread:
        self._thread = threading.Thread(target=self._store, args=(step,), daemon=True, name="checkpoints")
        self._thread.start()
        return self._thread

    def _store(self, step: int) -> None:
        began = time.monotonic()
        held = self._folder.transfer / f"checkpoint-{step}"
        try:
            files = hold(self._folder, step, held)
            self._upload(step, files, held)
        except HubRefusal as refusal:
            self._is_refused = True
            self._report(f"Checkpoints are not kept by the site: {refusal.message}", "warning")
        except (HubUnreachable, LeaseLost, OSError, ValueError) as error:
            log.warning("checkpoint.not_stored", job=self._claim.spec.id, step=step, error=str(error))
        finally:
            discard(held)
        now = time.monotonic()
        self._next = now + PAUSE_SECONDS + PAUSE_FACTOR * (now - began)

    def _upload(self, step: int, files: Sequence[CheckpointFile], held: Path) -> None:
        checkpoint = StoredCheckpoint(self._claim.attempt, step, tuple(files))
        missing = self._hub.record_checkpoint(self._claim, checkpoint)
        for file in {file.sha256: file for file in files if file.sha256 in missing}.values():
            self._hub.put_checkpoint_file(self._claim, file, held / file.path)
        if missing and self._hub.record_checkpoint(self._claim, checkpoint):
            return
        self._stored_step = max(self._stored_step, step)


def hold(folder: JobFolder, step: int, held: Path) -> list[CheckpointFile]:
    """Link the files of a complete checkpoint where the job cannot change their names, and return them.

    The job runs meanwhile and may put links in the place of folders, so nothing is opened by its path.
    raises  OSError, ValueError if it is not complete or has something else than files
    """
    discard(held)
    name = f"checkpoint-{step}"
    if not is_complete(folder.checkpoints / name):
        raise ValueError("The checkpoint is not complete.")
    found = []
    with open_folder(folder.run) as run, open_folder("checkpoints", run) as above:
        with open_folder(name, above) as checkpoint:
            for place, folders, files, descriptor in os.fwalk(".", dir_fd=checkpoint):
                folders.sort()
                (held / place).mkdir(parents=True, exist_ok=True)
                for file in sorted(files):
                    os.link(file, held / place / file, src_dir_fd=descriptor, follow_symlinks=False)
                    found.append(_held_file(held, (Path(place) / file).as_posix()))
    return found


def _held_file(held: Path, path: str) -> CheckpointFile:
    facts = (held / path).lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise ValueError("The checkpoint has something else than files.")
    found = {"path": path, "sha256": hash_of(held / path), "size_bytes": facts.st_size}
    return CheckpointFile.from_json(found)


@contextmanager
def open_folder(place: str | Path, above: int | None = None) -> Iterator[int]:
    """Open a folder that is no link. above: an open folder in which it is"""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def best_step(checkpoint: Path) -> int:
    """Return the step of the best checkpoint by the state that the Trainer wrote; 0 if it names none."""
    try:
        return int(json.loads((checkpoint / STATE_FILE).read_bytes()).get("best_global_step") or 0)
    except (OSError, ValueError, TypeError, AttributeError):
        return 0
