"""Rows of Parquet, decoded by a child process that gets bytes by range and nothing else."""

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
from apps.core.http import release_connection

from .source import Source, Unreadable
from .table import Position, Table

CHILD = Path(__file__).with_name("parquet_child.py")
SECONDS = 20
READ_LIMIT_BYTES = 192 << 20
ANSWER_LIMIT_BYTES = 24 << 20
CHILDREN_AT_ONCE, WAIT_SECONDS = 3, 10
KEPT_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child says: names and kinds of the columns, some rows of JSON values, how many rows the file has."""

    columns: list[str]
    kinds: list[str]
    rows: list[list[Any]]
    total: int


ANSWERS = CachedValue("parquet", Answer, seconds=3600)
_places = threading.BoundedSemaphore(CHILDREN_AT_ONCE)


def read_parquet(source: Source, position: Position, count: int) -> Table:
    """Read up to `count` rows from a row on; footer and pages come by range.

    raises  Unreadable
    """
    name = (source.key, position.row, count)
    answer = ANSWERS.get(*name)
    if answer is None:
        answer = _request_in_turn(source, position.row, count)
        if len(str(answer)) < KEPT_LIMIT_BYTES:
            ANSWERS.set(answer, *name)
    table = Table(answer.columns, answer.kinds, answer.rows, first=position.row, total=answer.total)
    if table.rows and table.last < answer.total:
        table.next = Position(0, table.last)
    return table


def _request_in_turn(source: Source, first: int, count: int) -> Answer:
    """Ask a child; only some run at once in a process, since each may take much memory."""
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Unreadable(_("Too many Parquet files are being read right now. Try again in a moment."))
    try:
        return _request_from_child(source, first, count)
    finally:
        _places.release()


def _request_from_child(source: Source, first: int, count: int) -> Answer:
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
            return _converse(child, source, {"size": source.size, "first": first, "count": count})
        finally:
            timer.cancel()
            child.kill()


def _converse(child: subprocess.Popen[bytes], source: Source, order: dict[str, int]) -> Answer:
    """Send the order, then bytes as they are asked for, until the answer comes."""
    assert child.stdin is not None
    assert child.stdout is not None
    sent = 0
    try:
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
        while (line := child.stdout.readline(64)) != b"=\n":
            start, end = (int(word) for word in line.split())
            sent += end - start
            if sent > READ_LIMIT_BYTES:
                raise Unreadable(
                    _(
                        "These rows are too far into a large row group to preview. Download the file to see them."
                    )
                )
            child.stdin.write(source.read(start, end))
            child.stdin.flush()
        answer = json.loads(child.stdout.read(ANSWER_LIMIT_BYTES))
        reason = answer.get("error", "")
        if not reason:
            return ANSWERS.checked(answer)
    except (ValueError, AttributeError, BrokenPipeError):
        raise Unreadable(_("Reading this Parquet file exceeded the time or memory limit.")) from None
    raise Unreadable(_("Couldn't read this Parquet file: %(reason)s") % {"reason": reason})
