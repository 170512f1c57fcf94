"""The processes of one box: started together, restarted when one dies, ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
PR_SET_PDEATHSIG = 1
LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 10


def _end_with_parent() -> None:
    """Ask the kernel to end this child when its parent is killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


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
    comes_later: bool = False
    process: subprocess.Popen | None = None
    began: float = 0
    pause: float = 0
    again_at: float = field(default=0)

    def start(self, folder: Path) -> None:
        with self.log_file.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_end_with_parent,
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


class Box:
    """Keeps children running until `stop`.

    tell  receives one line for the operator when something happens
    """

    def __init__(self, children: list[Child], *, folder: Path, tell: Callable[[str], None]) -> None:
        self.children, self.folder, self.tell, self.is_stopping = children, folder, tell, False

    def start(self, *, later: bool = False) -> None:
        """Start those that come first, or those that come later."""
        for child in self.children:
            if child.comes_later == later:
                child.start(self.folder)

    def tend(self) -> None:
        """Restart what died, after a pause that grows while it keeps dying."""
        now = time.monotonic()
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
                child.kill_group()
                child.again_at = 0
                child.start(self.folder)

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
            child.kill_group()
