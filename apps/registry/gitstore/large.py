"""The large files in a repository's history: their paths and the refs that lead to them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from apps.core.web.spool import SMALL_BYTES, spooled_file

from .children import open_git, records
from .errors import TooSlow
from .pointers import POINTER_LIMIT_BYTES
from .reading import ReadableRepo
from .revisions import ref_target
from .trees import blob_facts

NAMES_LIMIT = 20
LIMIT_SECONDS = 30
# -m compares a merge with each of its parents, so everything in its tree shows up there or earlier
LOG = [
    "log",
    "--topo-order",
    "-m",
    "--raw",
    "--root",
    "--no-abbrev",
    "--no-renames",
    "-z",
    "--format=format:%x01%H %P",
    "--stdin",
    "--",
]
RefTips = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class LargeFileHistory:
    """A large file and where it occurs.

    names  its newest 20 paths
    refs   bit mask over the refs (in the order of `all_ref_tips`) whose history contains it
    """

    size: int
    names: dict[str, None] = field(default_factory=dict)
    refs: int = 0


def all_ref_tips(git: ReadableRepo) -> RefTips:
    """Return (full name, commit) of every ref that leads to a commit, sorted by name."""
    found = ((name, ref_target(git.git, name)) for name in sorted(git.git.references))
    return tuple((name, commit) for name, commit in found if commit is not None)


def fingerprint(refs: RefTips) -> str:
    """Return a hash that changes when any ref does."""
    return hashlib.sha256("\n".join(f"{name} {commit}" for name, commit in refs).encode()).hexdigest()


def large_history(git: ReadableRepo, refs: RefTips) -> dict[str, LargeFileHistory]:
    """Return sha256 -> occurrences of every large file in the history of the refs.

    One walk over all commits, newest first: a commit is in the history of the refs that point to it and of
    its children's.
    raises  TooSlow
    """
    ends = time.monotonic() + LIMIT_SECONDS
    leading: dict[str, int] = {}
    for number, (_name, commit) in enumerate(refs):
        leading[commit] = leading.get(commit, 0) | 1 << number
    places: dict[str, LargeFileHistory] = {}
    for commit, parents, added in _commits(git, refs):
        mask = leading[commit]
        for parent in parents:
            leading[parent] = leading.get(parent, 0) | mask
        for blob, path in added:
            _note(git, places, blob, path, mask)
        if time.monotonic() > ends:
            raise TooSlow
    return places


def reachable_large(git: ReadableRepo, refs: RefTips) -> set[str]:
    """Return the sha256 of every large file in the history of the refs; reads each object once."""
    found = set()
    with (
        _tips(refs) as tips,
        open_git(git.folder, "rev-list", "--objects", "--no-object-names", "--stdin", stdin=tips) as walk,
    ):
        ask = "--batch-check=%(objecttype) %(objectsize) %(objectname)"
        with open_git(git.folder, "cat-file", ask, "--buffer", stdin=walk.stdout or 0) as facts:
            assert facts.stdout is not None
            for record in records(facts.stdout, b"\n"):
                kind, size, oid = record.split(b" ")
                if kind == b"blob" and int(size) <= POINTER_LIMIT_BYTES:
                    pointer = blob_facts(git.git, bytes.fromhex(oid.decode()))[1]
                    found |= {pointer.oid} if pointer else set()
            if walk.wait() or facts.wait():
                raise RuntimeError("git rev-list could not read the whole history.")
    return found


def _note(git: ReadableRepo, places: dict[str, LargeFileHistory], blob: str, path: str, mask: int) -> None:
    pointer = blob_facts(git.git, bytes.fromhex(blob))[1]
    if pointer is None:
        return
    place = places.setdefault(pointer.oid, LargeFileHistory(pointer.size))
    place.refs |= mask
    if len(place.names) < NAMES_LIMIT:
        place.names.setdefault(path)


Commit = tuple[str, list[str], list[tuple[str, str]]]


def _commits(git: ReadableRepo, refs: RefTips) -> Iterator[Commit]:
    """Yield (sha, parents, [(blob, path) added]), children first; a merge once per parent."""
    with _tips(refs) as tips, open_git(git.folder, *LOG, stdin=tips) as child:
        assert child.stdout is not None
        yield from _parsed(records(child.stdout))
        if child.wait():
            raise RuntimeError("git log could not read the whole history.")


@contextmanager
def _tips(refs: RefTips) -> Iterator[IO[bytes]]:
    """Open a file with the commits of refs, for git's --stdin."""
    with spooled_file(SMALL_BYTES) as tips:
        tips.write(
            "".join(f"{commit}\n" for commit in dict.fromkeys(commit for _name, commit in refs)).encode()
        )
        tips.seek(0)
        yield tips


def _parsed(words: Iterator[bytes]) -> Iterator[Commit]:
    current: Commit | None = None
    for word in words:
        if word.startswith(b"\x01"):
            if current:
                yield current
            head, _, word = word[1:].partition(b"\n")
            sha, *parents = head.decode().split()
            current = (sha, parents, [])
        if word.startswith(b":") and current:
            mode, blob = word[1:].split()[1], word.split()[3]
            path = next(words)
            if mode.startswith(b"1") and mode != b"160000":
                current[2].append((blob.decode(), path.decode(errors="replace")))
    if current:
        yield current
