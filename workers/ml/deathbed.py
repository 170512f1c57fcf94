"""What a child does for itself at its start: die with its parent, and live within limits."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends, however it ends."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def limit_resources(*, file_bytes: int, data_bytes: int = 0) -> None:
    """Forbid core dumps, files larger than `file_bytes`, and a process that asks for more than `data_bytes` of memory of its own.

    data_bytes  0 for no limit: drivers of GPUs ask for far more than they use
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    if data_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))


def go_first() -> None:
    """Ask the kernel to end this process and what comes from it before any other when the machine has no memory left."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
