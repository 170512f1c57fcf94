"""Runs an operation on Parquet files in a child process that can only request byte ranges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.web.http import release_connection

CHILD = Path(__file__).with_name("child.py")
SECONDS = 20
READ_LIMIT_BYTES = 192 << 20
RESULT_LIMIT_BYTES = 24 << 20
CHILDREN_AT_ONCE, WAIT_SECONDS = 3, 10
_slots = threading.BoundedSemaphore(CHILDREN_AT_ONCE)


class ParquetProblem(Exception):
    """The file cannot be read within the limits; the message is shown."""


class ByteSource(Protocol):
    """An immutable file that is read by range."""

    @property
    def size(self) -> int: ...

    @property
    def read(self) -> Any:
        """Return the bytes from `start` up to `end`, fewer at the end of the file."""


def run_in_child(
    operation: Path, sources: Sequence[ByteSource], request: Mapping[str, Any]
) -> dict[str, Any]:
    """Run an operation on files and return its result; few run at once, as each may use much memory.

    operation  file with a function `run(request, files)`, see child.py
    raises     ParquetProblem
    """
    if not all(source.size >= 12 and source.read(0, 4) == b"PAR1" for source in sources):
        raise ParquetProblem(_("This file isn't Parquet: it doesn't start with PAR1."))
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise ParquetProblem(_("Too many Parquet files are being read right now. Try again in a moment."))
    try:
        return _run(operation, sources, {**request, "sizes": [source.size for source in sources]})
    finally:
        _slots.release()


def _run(operation: Path, sources: Sequence[ByteSource], request: Mapping[str, Any]) -> dict[str, Any]:
    release_connection()
    environment = {
        "PATH": os.defpath,
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(settings.SPOOL_ROOT),
    }
    command = [sys.executable, "-I", str(CHILD), str(operation)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/",
    ) as child:
        timer = threading.Timer(SECONDS, child.kill)
        timer.start()
        try:
            return _exchange(child, sources, request)
        finally:
            timer.cancel()
            child.kill()


def _exchange(
    child: subprocess.Popen[bytes], sources: Sequence[ByteSource], request: Mapping[str, Any]
) -> dict[str, Any]:
    """Send the request, then serve byte ranges until the result arrives."""
    assert child.stdin is not None
    assert child.stdout is not None
    sent = 0
    try:
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
        while (line := child.stdout.readline(64)) != b"=\n":
            number, start, end = (int(word) for word in line.split())
            sent += end - start
            if sent > READ_LIMIT_BYTES:
                raise ParquetProblem(
                    _(
                        "These rows are too far into a large row group to preview. "
                        "Download the file to see them."
                    )
                )
            child.stdin.write(sources[number].read(start, end))
            child.stdin.flush()
        result: dict[str, Any] = json.loads(child.stdout.read(RESULT_LIMIT_BYTES))
        reason = result.get("error", "")
    except (ValueError, AttributeError, IndexError, BrokenPipeError):
        raise ParquetProblem(_("Reading this Parquet file exceeded the time or memory limit.")) from None
    if reason:
        raise ParquetProblem(_("Couldn't read this Parquet file: %(reason)s") % {"reason": reason})
    return result
