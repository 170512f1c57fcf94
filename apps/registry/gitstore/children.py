"""git as a child process, in an environment isolated from ours and from the host's configuration."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, Timer
from typing import IO

from django.conf import settings

from .errors import TooSlow

CONFIG = {
    "safe.directory": "*",
    "gc.auto": "0",
    "core.filesRefLockTimeout": "2000",
    "core.packedRefsTimeout": "2000",
    "core.hooksPath": os.devnull,
    "transfer.hideRefs": "refs/kept",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowReachableSHA1InWant": "true",
    "pack.threads": "1",
    "pack.windowMemory": "128m",
    # small windows, since mapped memory counts against a child's limit
    "core.packedGitWindowSize": "32m",
    "core.packedGitLimit": "256m",
    # no deltas for larger files: looking for them takes minutes and finds nothing
    "core.bigFileThreshold": "1m",
    "pack.compression": "1",
    "core.deltaBaseCacheLimit": "32m",
    "protocol.allow": "never",
}
SECONDS = 120
ENDING_SECONDS = 2
MEMORY_LIMIT_BYTES = 4 << 30
# for a comparison or walk for one page; includes mapped packs
SMALL_MEMORY_BYTES = 1 << 30
PROCESSOR_LIMIT_SECONDS = 900
# a fed child starts with these limits, which are raised every FEED_STEP_BYTES of input
FEED_MEMORY_BYTES, FEED_SECONDS = 1 << 30, 60
FEED_STEP_BYTES, FEED_BYTES_PER_SECOND = 4 << 20, 256 << 10
ERRORS_LIMIT_BYTES = 4096


def git_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the full environment of a git child: PATH, our settings, and `extra`."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": os.devnull,
        "TMPDIR": str(settings.SPOOL_ROOT),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(len(CONFIG)),
    }
    for number, (key, value) in enumerate(CONFIG.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return {**environment, **(extra or {})}


def run_git(
    folder: Path,
    *arguments: str,
    feed: bytes = b"",
    environment: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> subprocess.CompletedProcess[bytes]:
    """Run git to completion in a bare repository and return its output; the caller checks the return code.

    raises  TooSlow after `seconds`
    """
    command = ["git", "--git-dir", str(folder), *arguments]
    try:
        return subprocess.run(
            command,
            input=feed,
            capture_output=True,
            env=git_environment(environment),
            cwd=folder,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise TooSlow from None


@contextmanager
def open_git(
    folder: Path,
    *arguments: str,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run git with its output as a pipe; it is terminated at the end of the block.

    seconds  kill it after this time, and limit its memory: output is truncated then and the return code is
             not 0
    """
    command = ["git", "--git-dir", str(folder), *arguments]
    with subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=git_environment(environment),
        cwd=folder,
    ) as child:
        timer = Timer(seconds or 0, child.kill)
        if seconds is not None:
            limit_child(child.pid, memory_bytes=SMALL_MEMORY_BYTES)
            timer.start()
        try:
            yield child
        finally:
            timer.cancel()
            if child.poll() is None:
                _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Terminate a child, by SIGTERM first, so that git ends its own children too."""
    child.terminate()
    try:
        child.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def limit_child(
    pid: int, *, memory_bytes: int = MEMORY_LIMIT_BYTES, seconds: int = PROCESSOR_LIMIT_SECONDS
) -> None:
    """Limit memory and CPU time of a child and its descendants; may be called again with higher limits."""
    limits = (
        (resource.RLIMIT_AS, memory_bytes, MEMORY_LIMIT_BYTES),
        (resource.RLIMIT_CPU, seconds, PROCESSOR_LIMIT_SECONDS),
    )
    for what, now, most in limits:
        try:
            resource.prlimit(pid, what, (min(now, most), most))
        except ProcessLookupError:
            return


@dataclass(frozen=True, slots=True)
class FeedResult:
    """How a child that was fed ended; `errors` is the beginning of what it wrote to stderr."""

    pid: int
    status: int
    errors: bytes


def feed_git(
    folder: Path, *arguments: str, blocks: Iterable[bytes], environment: Mapping[str, str]
) -> FeedResult:
    """Stream blocks to a git child and wait for its end.

    Its memory and processor limits grow with the input, since a few kilobytes can expand to gigabytes. If
    the child stops reading, the remaining blocks are still consumed, so that a client that sends them gets
    to read the answer.
    """
    child = subprocess.Popen(
        ["git", "--git-dir", str(folder), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=git_environment(environment),
        cwd=folder,
    )
    assert child.stderr is not None
    errors = bytearray()
    # a pipe and not a file, which could not be written on a full disk
    listener = Thread(target=_collect_head, args=(child.stderr, errors))
    listener.start()
    try:
        _pump(child, blocks)
        status = child.wait()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        listener.join()
        child.stderr.close()
    return FeedResult(child.pid, status, bytes(errors))


def _pump(child: subprocess.Popen[bytes], blocks: Iterable[bytes]) -> None:
    stream = iter(blocks)
    received, limited_at = 0, 0
    limit_child(child.pid, memory_bytes=FEED_MEMORY_BYTES, seconds=FEED_SECONDS)
    assert child.stdin is not None
    try:
        with child.stdin as pipe:
            for block in stream:
                received += len(block)
                if received - limited_at > FEED_STEP_BYTES:
                    limited_at = received
                    seconds = FEED_SECONDS + received // FEED_BYTES_PER_SECOND
                    limit_child(child.pid, memory_bytes=FEED_MEMORY_BYTES + received, seconds=seconds)
                pipe.write(block)
    except BrokenPipeError:
        for _ in stream:
            pass


def _collect_head(pipe: IO[bytes], head: bytearray) -> None:
    """Drain a pipe and keep its beginning."""
    while data := pipe.read1(ERRORS_LIMIT_BYTES):  # type: ignore[attr-defined]
        head += data[: ERRORS_LIMIT_BYTES - len(head)]


def records(pipe: IO[bytes], separator: bytes = b"\0", block: int = 1 << 16) -> Iterator[bytes]:
    """Split a pipe at each separator."""
    rest = b""
    while data := pipe.read1(block):  # type: ignore[attr-defined]
        *whole, rest = (rest + data).split(separator)
        yield from whole
    if rest:
        yield rest
