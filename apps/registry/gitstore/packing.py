"""Packing and cleaning repositories while they are read and written.

Packing never removes an object; readers of a replaced pack find its objects in the new one. Cleaning removes
objects that have been unreachable for the whole grace period. Replaced and deleted commits are reachable
from hidden refs until then, and the objects of a commit in progress are younger.
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

LOOSE_LIMIT, PACKS_LIMIT, LOOSE_REFS_LIMIT = 6_700, 50, 1_000
STALE_LIMIT = 1_000
# objects are spread evenly over 256 folders, so one is a fair sample
FOLDERS, SAMPLE = 256, "17"
REST_SECONDS = 600
LEFTOVER_SECONDS = 24 * 3_600
STEP_SECONDS = 3_600
LOCK, NICENESS = "packing.lock", 10


def wants_packing(folder: Path) -> bool:
    """Return whether there are many loose objects, packs or loose refs, and packing has not just run."""
    many = (
        len(_sample(folder)) > LOOSE_LIMIT // FOLDERS
        or sum(1 for _ in (folder / "objects/pack").glob("*.pack")) > PACKS_LIMIT
        or sum(1 for kind in ("heads", "tags") for _ in (folder / "refs" / kind).glob("*")) > LOOSE_REFS_LIMIT
    )
    return many and time.time() - _last_packed(folder) > REST_SECONDS


def wants_cleaning(folder: Path, grace: timedelta = GRACE) -> bool:
    """Return whether there are expired hidden refs, many expired loose objects, or leftovers."""
    stale = sum(1 for moment in _sample(folder) if moment < time.time() - grace.total_seconds())
    return stale > STALE_LIMIT // FOLDERS or bool(expired_refs(folder, grace)) or bool(_leftovers(folder))


def pack(folder: Path) -> bool:
    """Consolidate loose objects and small packs; False if another process holds the lock.

    raises  PackingFailed
    """
    with _packing_lock(folder) as is_locked:
        if is_locked:
            _sweep(folder)
            _run(folder, "pack-refs", "--all", "--prune")
            _run(folder, "repack", "-d", "-l", "-q", "--geometric=2")
            _write_graph(folder)
    return is_locked


def clean(folder: Path, grace: timedelta = GRACE) -> bool:
    """Pack everything and remove what has been unreachable for the grace period.

    False if another process holds the lock.

    raises  PackingFailed
    """
    before = f"{int(grace.total_seconds())}.seconds.ago"
    with _packing_lock(folder) as is_locked:
        if is_locked:
            _sweep(folder)
            delete_retained(folder, expired_refs(folder, grace))
            # first, since git trusts the graph about commits that are gone
            _write_graph(folder)
            _run(folder, "repack", "-A", "-d", "-l", "-q", f"--unpack-unreachable={before}")
            _run(folder, "prune", f"--expire={before}")
    return is_locked


def _write_graph(folder: Path) -> None:
    """Write the commit graph, by which git walks histories without reading each commit."""
    _run(folder, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress")


def _run(folder: Path, *arguments: str) -> None:
    with open_git(folder, *arguments) as child:
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
        child.communicate(timeout=STEP_SECONDS)
        if child.returncode:
            raise PackingFailed(f"git {arguments[0]} ended with {child.returncode} in {folder.name}.")


@contextmanager
def _packing_lock(folder: Path) -> Iterator[bool]:
    """Take the repository's packing lock if it is free; the kernel releases it with the process."""
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
            # closing is not enough: a child that another thread is starting may still hold the descriptor
            fcntl.flock(lock, fcntl.LOCK_UN)


@contextmanager
def without_packing(folder: Path) -> Iterator[None]:
    """Keep the repository's files from being repacked or removed; waits for a packing that runs."""
    with (folder / LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


def _sample(folder: Path) -> list[float]:
    """Return the modification times of the loose objects in the sample folder."""
    try:
        return [entry.stat().st_mtime for entry in os.scandir(folder / "objects" / SAMPLE)]
    except FileNotFoundError:
        return []


def _last_packed(folder: Path) -> float:
    try:
        return (folder / LOCK).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _leftovers(folder: Path) -> list[Path]:
    """Return files that killed pushes, commits and packings left behind at least a day ago."""
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
