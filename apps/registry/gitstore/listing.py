"""Long recursive listings, by one `git ls-tree` child instead of one object lookup per entry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pygit2

from .children import open_git, records
from .errors import RepositoryMissing
from .pointers import POINTER_LIMIT_BYTES
from .trees import FOLDER_MODE, POINTER_LEAST_BYTES, SUBMODULE_MODE, blob_facts, submodule
from .values import Entry, LfsPointer

# starting a child costs as much as walking about this many entries
SHORT = 100


def list_recursive(
    entries: Iterator[Entry],
    folder: Path,
    repo: pygit2.Repository,
    tree: str,
    prefix: str,
    *,
    submodules: bool = False,
) -> Iterator[Entry]:
    """Yield a recursive walk's entries: the first ones as they come, the rest of a long listing from git.

    tree        sha of the folder that is walked, `prefix` its path with a slash at the end
    submodules  as for the walk
    """
    yield from islice(entries, SHORT)
    if next(entries, None) is not None:
        with open_git(folder, "ls-tree", "-r", "-t", "-l", "-z", tree) as child:
            assert child.stdout is not None
            parsed = (_parse(record, repo, prefix) for record in records(child.stdout))
            kept = (entry for entry in parsed if submodules or entry.kind != "submodule")
            yield from islice(kept, SHORT, None)
            if child.wait():
                raise RepositoryMissing


def _parse(record: bytes, repo: pygit2.Repository, prefix: str) -> Entry:
    """Parse `100644 blob <sha> <size>`, a tab, and the path."""
    head, _tab, name = record.partition(b"\t")
    octal, _kind, sha, size = head.split()
    path, oid, mode = prefix + name.decode(errors="replace"), sha.decode(), int(octal, 8)
    if mode == SUBMODULE_MODE:
        return submodule(path, oid)
    if mode == FOLDER_MODE:
        return Entry(path, "directory", oid, 0, None, mode)
    true_size, pointer = _true_size(repo, oid, int(size))
    return Entry(path, "file", oid, true_size, pointer, mode)


def _true_size(repo: pygit2.Repository, oid: str, size: int) -> tuple[int, LfsPointer | None]:
    """Return the size of a file and its pointer; of a large file the size that the pointer states."""
    if not POINTER_LEAST_BYTES < size <= POINTER_LIMIT_BYTES:
        return size, None
    _size, pointer = blob_facts(repo, bytes.fromhex(oid))
    return (pointer.size, pointer) if pointer else (size, None)
