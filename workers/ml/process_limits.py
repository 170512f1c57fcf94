"""Limits that a child process sets for itself, and its end when the supervisor is gone."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import threading
from pathlib import Path
from typing import IO

import psutil

from .memory import kill_all


def exit_with_parent(stream: IO[str]) -> None:
    """Kill this process tree once the stream ends; the parent alone holds the other end of it."""
    threading.Thread(target=_wait_for_end, args=(stream,), daemon=True, name="parent").start()


def _wait_for_end(stream: IO[str]) -> None:
    for _line in stream:
        continue
    kill_process_tree()


def kill_process_tree() -> None:
    """Kill this process and its descendants, with its process group if it leads one."""
    with contextlib.suppress(psutil.Error):
        kill_all(psutil.Process().children(recursive=True))
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def limit_resources(*, file_bytes: int, data_bytes: int = 0) -> None:
    """Disable core dumps and limit the size of files and of private memory.

    file_bytes  largest file that the process may write
    data_bytes  private memory of the process, 0 for no limit: GPU drivers reserve far more than they use
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    if data_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))


def prefer_oom_kill() -> None:
    """Make the kernel's out-of-memory killer choose this process and its children first."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
