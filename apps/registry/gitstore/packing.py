"""Keeping a repository quick and small beside its readers and writers.

Packing never removes an object, and what is read from a pack that goes is found in the one that came. Cleaning removes what
nothing has led to for the whole grace period: not a ref, not a hidden ref of what was replaced or deleted, not a commit under way,
whose objects are as young as itself.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from .children import open_git
from .errors import PackingFailed
from .retained_refs import GRACE, delete_retained, expired_refs

LOOSE_LIMIT, PACKS_LIMIT = 6_700, 50
STALE_LIMIT = 1_000
# objects spread evenly over 256 folders: one of them stands for all
FOLDERS, SAMPLE = 256, "17"
REST_SECONDS = 600
LEFTOVER_SECONDS = 24 * 3_600
STEP_SECONDS = 3_600
LOCK, NICENESS = "packing.lock", 10


def wants_packing(folder: Path) -> bool:
    """Return whether there are many loose objects or packs, and nobody packed in the last minutes."""
    many = (
        len(_sample(folder)) > LOOSE_LIMIT // FOLDERS
        or sum(1 for _ in (folder / "objects/pack").glob("*.pack")) > PACKS_LIMIT
    )
    return many and time.time() - _age_mark(folder) > REST_SECONDS


def wants_cleaning(folder: Path, grace: timedelta = GRACE) -> bool:
    """Return whether something may be removed: hidden refs whose grace is over, many loose objects that old, or leftovers."""
    stale = sum(1 for moment in _sample(folder) if moment < time.time() - grace.total_seconds())
    return stale > STALE_LIMIT // FOLDERS or bool(expired_refs(folder, grace)) or bool(_leftovers(folder))


def pack(folder: Path) -> bool:
    """Put loose objects and small packs together; False if somebody else is at it.

    raises  PackingFailed
    """
    with _alone(folder) as is_alone:
        if is_alone:
            _sweep(folder)
            _run(folder, "pack-refs", "--all", "--prune")
            _run(folder, "repack", "-d", "-l", "-q", "--geometric=2")
            _write_graph(folder)
    return is_alone


def clean(folder: Path, grace: timedelta = GRACE) -> bool:
    """Pack everything and remove what nothing has led to for the grace period; False if somebody else is at it.

    raises  PackingFailed
    """
    before = f"{int(grace.total_seconds())}.seconds.ago"
    with _alone(folder) as is_alone:
        if is_alone:
            _sweep(folder)
            delete_retained(folder, expired_refs(folder, grace))
            # first, since git believes the graph about commits that are gone
            _write_graph(folder)
            _run(folder, "repack", "-A", "-d", "-l", "-q", f"--unpack-unreachable={before}")
            _run(folder, "prune", f"--expire={before}")
    return is_alone


def _write_graph(folder: Path) -> None:
    """Note parents and changed paths of all commits in one file, so that histories are walked without reading them."""
    _run(folder, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress")


def _run(folder: Path, *arguments: str) -> None:
    with open_git(folder, *arguments) as child:
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
        child.communicate(timeout=STEP_SECONDS)
        if child.returncode:
            raise PackingFailed(f"git {arguments[0]} ended with {child.returncode} in {folder.name}.")


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Hold the repository's packing lock, if nobody else does; it goes with the process that holds it."""
    with (folder / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
            os.utime(lock.fileno())
        finally:
            # closing would not do: a child that another thread is just starting may still hold the file
            fcntl.flock(lock, fcntl.LOCK_UN)


def _sample(folder: Path) -> list[float]:
    """Return when each loose object of one folder was last written."""
    try:
        return [entry.stat().st_mtime for entry in os.scandir(folder / "objects" / SAMPLE)]
    except FileNotFoundError:
        return []


def _age_mark(folder: Path) -> float:
    try:
        return (folder / LOCK).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _leftovers(folder: Path) -> list[Path]:
    """Return what pushes, commits and packings that were killed left behind a day ago or earlier."""
    oldest, objects, found = time.time() - LEFTOVER_SECONDS, folder / "objects", []
    for pattern in ("tmp_objdir-*", "tmp_object_*", "pack/tmp_*", "pack/.tmp-*"):
        for path in objects.glob(pattern):
            try:
                if path.stat().st_mtime < oldest:
                    found.append(path)
            except FileNotFoundError:
                continue
    return found


def _sweep(folder: Path) -> None:
    for path in _leftovers(folder):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
