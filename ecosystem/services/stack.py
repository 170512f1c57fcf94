"""The processes of one box: started together, restarted when one dies, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from .guardian import Guardian

log = structlog.get_logger(__name__)
LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 10


@dataclass(slots=True)
class Child:
    """One process of the box.

    grace_seconds  how long it may take to end after SIGTERM
    comes_later    begins when the site answers already, so that it does so sooner
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    log_file: Path
    grace_seconds: float = 10
    starts_late: bool = False
    process: subprocess.Popen[bytes] | None = None
    began: float = 0
    pause: float = 0
    again_at: float = field(default=0)

    def start(self, folder: Path, guardian: Guardian) -> None:
        with self.log_file.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=partial(guardian.register_self, self.grace_seconds),
            )
        self.began = time.monotonic()

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def signal(self, number: int) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return


class LocalStack:
    """Keeps children running until `stop`.

    tell  receives one line for the operator when something happens
    """

    def __init__(self, children: list[Child], *, folder: Path, tell: Callable[[str], None]) -> None:
        self.children, self.folder, self.tell, self.is_stopping = children, folder, tell, False
        self.guardian = Guardian()

    def start(self, *, later: bool = False) -> None:
        """Start those that come first, or those that come later."""
        for child in self.children:
            if child.starts_late == later:
                child.start(self.folder, self.guardian)

    def supervise(self) -> None:
        """Restart what died, after a pause that grows while it keeps dying."""
        now = time.monotonic()
        if not self.guardian.is_alive() and not self.is_stopping:
            self._guard_again()
        for child in self.children:
            if not child.has_died() or self.is_stopping:
                continue
            if child.again_at == 0:
                lived = now - child.began
                child.pause = (
                    0.5 if lived > STEADY_SECONDS else min(max(child.pause * 2, 0.5), LONGEST_PAUSE_SECONDS)
                )
                child.again_at = now + child.pause
                code = child.process.returncode if child.process else None
                self.tell(
                    f"{child.name} ended ({code}); starting it again in {child.pause:.1f} s. Log: {child.log_file}"
                )
            elif now >= child.again_at:
                self._clear(child)
                child.again_at = 0
                child.start(self.folder, self.guardian)

    def stop(self) -> None:
        """End all children: SIGTERM, then SIGKILL to what does not end in its grace time."""
        self.is_stopping = True
        for child in self.children:
            child.signal(signal.SIGTERM)
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(child.grace_seconds)
            except subprocess.TimeoutExpired:
                self.tell(f"{child.name} did not end in {child.grace_seconds:.0f} s and was killed.")
            self._clear(child)
        self.guardian.close()

    def _clear(self, child: Child) -> None:
        """End what a child that ended has left behind."""
        child.kill_group()
        if child.process:
            self.guardian.forget(child.process.pid)

    def _guard_again(self) -> None:
        """Start another guardian in the place of one that was killed."""
        self.tell("The guardian of the processes had ended and was started again.")
        os.close(self.guardian.pipe)
        self.guardian = Guardian()
        for child in self.children:
            if child.process and not child.has_died():
                self.guardian.register(child.process.pid, child.grace_seconds)
