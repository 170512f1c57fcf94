"""The local stack: processes that are started together, restarted when one dies, and stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
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
    """One process of the local stack.

    grace_seconds  time between SIGTERM and SIGKILL
    starts_late    start it only once the site is ready, so that the site is ready sooner
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
    restart_at: float = field(default=0)

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
    """Keeps processes running until `stop`.

    report  receives a line for the operator on each incident
    """

    def __init__(self, children: list[Child], *, folder: Path, report: Callable[[str], None]) -> None:
        self.children, self.folder, self.report, self.is_stopping = children, folder, report, False
        self.guardian = Guardian()

    def start(self, *, later: bool = False) -> None:
        """Start the children that start first, or those that start late."""
        for child in self.children:
            if child.starts_late == later:
                child.start(self.folder, self.guardian)

    def supervise(self) -> None:
        """Restart dead children, with a growing pause while they keep dying."""
        now = time.monotonic()
        if not self.guardian.is_alive() and not self.is_stopping:
            self._restart_guardian()
        for child in self.children:
            if not child.has_died() or self.is_stopping:
                continue
            if child.restart_at == 0:
                lived = now - child.began
                child.pause = (
                    0.5 if lived > STEADY_SECONDS else min(max(child.pause * 2, 0.5), LONGEST_PAUSE_SECONDS)
                )
                child.restart_at = now + child.pause
                code = child.process.returncode if child.process else None
                self.report(
                    f"{child.name} exited with status {code}. "
                    f"Restarting in {child.pause:.1f} s. Log: {child.log_file}"
                )
            elif now >= child.restart_at:
                self._clean_up(child)
                child.restart_at = 0
                child.start(self.folder, self.guardian)

    def stop(self) -> None:
        """Stop the children that started late, whose last reports the others receive, then the others."""
        self.is_stopping = True
        for is_late in (True, False):
            self._stop([child for child in self.children if child.starts_late is is_late])
        self.guardian.close()

    def _stop(self, children: Sequence[Child]) -> None:
        """Stop children together: SIGTERM, then SIGKILL after their grace period."""
        for child in children:
            child.signal(signal.SIGTERM)
        for child in children:
            if child.process is None:
                continue
            try:
                child.process.wait(child.grace_seconds)
            except subprocess.TimeoutExpired:
                self.report(f"{child.name} did not exit within {child.grace_seconds:.0f} s and was killed.")
            self._clean_up(child)

    def _clean_up(self, child: Child) -> None:
        """Kill what remains of an exited child's process group."""
        child.kill_group()
        if child.process:
            self.guardian.forget(child.process.pid)

    def _restart_guardian(self) -> None:
        self.report("The guardian process exited and was restarted.")
        os.close(self.guardian.pipe)
        self.guardian = Guardian()
        for child in self.children:
            if child.process and not child.has_died():
                self.guardian.register(child.process.pid, child.grace_seconds)
