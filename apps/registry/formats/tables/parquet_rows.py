"""Reads Parquet rows in a child process that can only request byte ranges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.cache import CachedValue
from apps.core.web.http import release_connection

from ..source import Source, Unreadable
from .table import Position, Table

CHILD = Path(__file__).with_name("parquet_child.py")
SECONDS = 20
READ_LIMIT_BYTES = 192 << 20
RESULT_LIMIT_BYTES = 24 << 20
CHILDREN_AT_ONCE, WAIT_SECONDS = 3, 10
CACHE_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The result of the child process.

    rows   of JSON values
    total  rows in the file
    """

    columns: list[str]
    kinds: list[str]
    rows: list[list[Any]]
    total: int


CACHED_ROWS = CachedValue("parquet", ParquetRows, seconds=3600)
_slots = threading.BoundedSemaphore(CHILDREN_AT_ONCE)


def read_parquet(source: Source, position: Position, count: int) -> Table:
    """Read up to `count` rows from `position`; only the needed byte ranges are read.

    raises  Unreadable
    """
    name = (source.key, position.row, count)
    result = CACHED_ROWS.get(*name)
    if result is None:
        result = _read_in_slot(source, position.row, count)
        if len(str(result)) < CACHE_LIMIT_BYTES:
            CACHED_ROWS.set(result, *name)
    table = Table(result.columns, result.kinds, result.rows, first=position.row, total=result.total)
    if table.rows and table.last < result.total:
        table.next = Position(0, table.last)
    return table


def _read_in_slot(source: Source, first: int, count: int) -> ParquetRows:
    """Run a child process; few run at once, as each may use much memory."""
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise Unreadable(_("Too many Parquet files are being read right now. Try again in a moment."))
    try:
        return _read_in_child(source, first, count)
    finally:
        _slots.release()


def _read_in_child(source: Source, first: int, count: int) -> ParquetRows:
    if source.size < 12 or source.read(0, 4) != b"PAR1":
        raise Unreadable(_("This file isn't Parquet: it doesn't start with PAR1."))
    release_connection()
    environment = {
        "PATH": os.defpath,
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(settings.SPOOL_ROOT),
    }
    command = [sys.executable, "-I", str(CHILD)]
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
            return _exchange(child, source, {"size": source.size, "first": first, "count": count})
        finally:
            timer.cancel()
            child.kill()


def _exchange(child: subprocess.Popen[bytes], source: Source, request: dict[str, int]) -> ParquetRows:
    """Send the request, then serve byte ranges until the result arrives."""
    assert child.stdin is not None
    assert child.stdout is not None
    sent = 0
    try:
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
        while (line := child.stdout.readline(64)) != b"=\n":
            start, end = (int(word) for word in line.split())
            sent += end - start
            if sent > READ_LIMIT_BYTES:
                raise Unreadable(
                    _(
                        "These rows are too far into a large row group to preview. "
                        "Download the file to see them."
                    )
                )
            child.stdin.write(source.read(start, end))
            child.stdin.flush()
        result = json.loads(child.stdout.read(RESULT_LIMIT_BYTES))
        reason = result.get("error", "")
        if not reason:
            return CACHED_ROWS.from_plain(result)
    except (ValueError, AttributeError, BrokenPipeError):
        raise Unreadable(_("Reading this Parquet file exceeded the time or memory limit.")) from None
    raise Unreadable(_("Couldn't read this Parquet file: %(reason)s") % {"reason": reason})
