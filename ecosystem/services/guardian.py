"""Ends child processes when the process that started them is gone, however it ended.

A guardian is a small process that reads a pipe whose only other end is held by the parent. Each child registers itself there
between fork and exec, so none is ever started unknown. End-of-file means that the parent is gone: what is still registered is
asked to end, and killed with its process group when its grace time is over.
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
KEPT = ("PATH", "LD_LIBRARY_PATH")


class Guardian:
    """The parent's side.

    command  a program that reads lines from its standard input and acts when they end; by default this module
    """

    def __init__(self, command: list[str] | None = None) -> None:
        self.command = command or [sys.executable, "-I", "-S", __file__]
        read_end, self.pipe = os.pipe()
        try:
            # A session of its own, so that neither Ctrl-C nor the end of the parent's group reaches it; and none of the parent's
            # settings, by which the processes of a test run are found.
            self.process = subprocess.Popen(
                self.command,
                cwd="/",
                env={name: os.environ[name] for name in KEPT if name in os.environ},
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
        """Write one line, in one piece. A guardian that was killed is noticed by `is_alive`."""
        with suppress(BrokenPipeError):
            os.write(self.pipe, f"{line}\n".encode())

    def register(self, pid: int, grace_seconds: float) -> None:
        """Have the leader of a process group ended with the parent."""
        self.send(f"start {pid} {grace_seconds}")

    def register_self(self, grace_seconds: float) -> None:
        """The same for the calling process: what a child runs between fork and exec."""
        self.register(os.getpid(), grace_seconds)

    def forget(self, pid: int) -> None:
        """Leave a group alone that has ended: its number may be somebody else's soon."""
        self.send(f"end {pid}")

    def close(self) -> None:
        """Have what is still registered ended now, and wait until the guardian has gone."""
        os.close(self.pipe)
        self.process.wait()


def groups_left(lines: Iterable[str]) -> dict[int, float]:
    """Return the grace seconds of every group that was registered and not forgotten."""
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
    """Send SIGTERM to the leaders, and SIGKILL to each group once its leader has ended or its grace is over."""
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
