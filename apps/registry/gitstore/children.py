"""git as a child process, in an environment that holds nothing of ours or of the host's configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

CONFIG = {
    "safe.directory": "*",
    "gc.auto": "0",
    "core.filesRefLockTimeout": "2000",
    "core.packedRefsTimeout": "2000",
    "core.hooksPath": os.devnull,
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "pack.threads": "1",
    "core.bigFileThreshold": "16m",
    "core.deltaBaseCacheLimit": "32m",
    "transfer.fsckObjects": "true",
    "fsck.zeroPaddedFilemode": "ignore",
    "fsck.missingSpaceBeforeDate": "ignore",
    "fsck.badTimezone": "ignore",
    "protocol.allow": "never",
}
SECONDS = 120


def git_environment(**extra: str) -> dict[str, str]:
    """Return the whole environment of a git child: PATH, our settings, and what is asked for."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(len(CONFIG)),
    }
    for number, (key, value) in enumerate(CONFIG.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment | extra


def run_git(folder: Path, *arguments: str, feed: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end in a bare repository and return what it wrote; the caller looks at the return code."""
    command = ["git", "--git-dir", str(folder), *arguments]
    return subprocess.run(command, input=feed, capture_output=True, env=git_environment(**extra), cwd=folder, timeout=SECONDS)


@contextmanager
def open_git(folder: Path, *arguments: str, stdin: IO[bytes] | int = subprocess.DEVNULL, **extra: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run git with its output as a pipe; it is ended with the block, finished or not."""
    command = ["git", "--git-dir", str(folder), *arguments]
    with subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=git_environment(**extra), cwd=folder
    ) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def records(pipe: IO[bytes], separator: bytes = b"\0", block: int = 1 << 16) -> Iterator[bytes]:
    """Cut a pipe at each separator."""
    rest = b""
    while data := pipe.read1(block):  # type: ignore[attr-defined]
        *whole, rest = (rest + data).split(separator)
        yield from whole
    if rest:
        yield rest
