"""The large files in all of a repository's history: how they are called and which refs lead to them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from apps.core.spool import SMALL_BYTES, spooled_file

from .children import open_git, records
from .errors import TooSlow
from .pointers import POINTER_LIMIT_BYTES
from .reading import ReadableRepo
from .revisions import ref_target
from .trees import blob_facts

NAMES_LIMIT = 20
LIMIT_SECONDS = 30
# with -m a merge is compared with each of its parents, so whatever is in its tree was met there or below
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
    """A large file of some commit.

    names  paths where it stands or stood, the newest 20
    refs   the numbers (in `every_ref`) of the refs whose history has it, as bits
    """

    size: int
    names: dict[str, None] = field(default_factory=dict)
    refs: int = 0


def all_ref_tips(git: ReadableRepo) -> RefTips:
    """Return (full name, commit) of whatever leads to a commit, in the order of names."""
    found = ((name, ref_target(git.git, name)) for name in sorted(git.git.references))
    return tuple((name, commit) for name, commit in found if commit is not None)


def fingerprint(refs: RefTips) -> str:
    """Return a word that changes when any ref does."""
    return hashlib.sha256("\n".join(f"{name} {commit}" for name, commit in refs).encode()).hexdigest()


def large_history(git: ReadableRepo, refs: RefTips) -> dict[str, LargeFileHistory]:
    """Return sha256 -> place of every large file that the refs lead to, now or in their history.

    One walk over all commits, newest first: a commit's refs are those that end at it and those of its children.
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
    """Return the sha256 of every large file that the refs lead to, now or in their history; looks at each object once."""
    found = set()
    with (
        _tips(refs) as tips,
        open_git(git.folder, "rev-list", "--objects", "--no-object-names", "--stdin", stdin=tips) as walk,
    ):
        ask = "--batch-check=%(objecttype) %(objectsize) %(objectname)"
        with open_git(git.folder, "cat-file", ask, "--buffer", stdin=walk.stdout or 0) as facts:
            assert facts.stdout is not None
            for record in records(facts.stdout, b"\n"):
                kind, *told = record.split(b" ")
                if kind == b"blob" and int(told[0]) <= POINTER_LIMIT_BYTES:
                    pointer = blob_facts(git.git, bytes.fromhex(told[1].decode()))[1]
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
    """Yield (sha, parents, [(blob, path) that it brought]), children first; a merge once per parent."""
    with _tips(refs) as tips, open_git(git.folder, *LOG, stdin=tips) as child:
        assert child.stdout is not None
        yield from _parsed(records(child.stdout))
        if child.wait():
            raise RuntimeError("git log could not read the whole history.")


@contextmanager
def _tips(refs: RefTips) -> Iterator[IO[bytes]]:
    """Open a file that names the commits of refs, as git reads them."""
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
