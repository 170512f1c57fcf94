"""Terminates child processes when their parent dies, even by SIGKILL.

A guardian is a small process that reads a pipe whose write end only the parent holds. Each child registers
itself between fork and exec, so none is missed. End-of-file means that the parent is gone: the guardian sends
SIGTERM to every registered process, and SIGKILL to its process group after its grace period.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

STEP_SECONDS = 0.05
INHERITED = ("PATH", "LD_LIBRARY_PATH")


class Guardian:
    """The parent's side.

    command  reads lines from standard input and acts at end-of-file (default: this module)
    """

    def __init__(self, command: list[str] | None = None) -> None:
        self.command = command or [sys.executable, "-I", "-S", __file__]
        read_end, self.pipe = os.pipe()
        try:
            # A separate session, so that Ctrl-C and signals to the parent's group don't reach it; a minimal
            # environment, since test runs find their processes by environment variables.
            self.process = subprocess.Popen(
                self.command,
                cwd="/",
                env={name: os.environ[name] for name in INHERITED if name in os.environ},
                stdin=read_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(read_end)

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def send(self, line: str) -> None:
        """Write one line atomically. `is_alive` detects a killed guardian."""
        with suppress(BrokenPipeError):
            os.write(self.pipe, f"{line}\n".encode())

    def register(self, pid: int, grace_seconds: float) -> None:
        """Register the leader of a process group to be terminated with the parent."""
        self.send(f"start {pid} {grace_seconds}")

    def register_self(self, grace_seconds: float) -> None:
        """Register the calling process; a child calls this between fork and exec."""
        self.register(os.getpid(), grace_seconds)

    def forget(self, pid: int) -> None:
        """Unregister a group that has exited, since its number may be reused."""
        self.send(f"end {pid}")

    def close(self) -> None:
        """Terminate what is still registered, and wait for the guardian to exit."""
        os.close(self.pipe)
        self.process.wait()


def groups_left(lines: Iterable[str]) -> dict[int, float]:
    """Return the grace period in seconds of each registered group."""
    groups: dict[int, float] = {}
    for line in lines:
        word, pid, *grace = line.split()
        if word == "start":
            groups[int(pid)] = float(grace[0])
        else:
            groups.pop(int(pid), None)
    return groups


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_groups(groups: dict[int, float]) -> None:
    """Send SIGTERM to leaders, then SIGKILL to each group once its leader exits or its grace ends."""
    began = time.monotonic()
    for pid in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    left = dict(groups)
    while left:
        for pid, grace in list(left.items()):
            if not is_running(pid) or time.monotonic() - began > grace:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                del left[pid]
        time.sleep(STEP_SECONDS)


if __name__ == "__main__":
    end_groups(groups_left(sys.stdin))
