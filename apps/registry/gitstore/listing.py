"""Long listings: one child of git tells all below a folder, several times as fast as asking for each object."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import pygit2

from .children import open_git
from .errors import RepositoryMissing
from .pointers import POINTER_LIMIT_BYTES
from .trees import FOLDER_MODE, POINTER_LEAST_BYTES, blob_facts
from .values import Entry, LfsPointer

# a child costs some milliseconds, as much as this many entries
SHORT = 100
BLOCK_BYTES = 1 << 16
FILE, FOLDER, SUBMODULE = "100644", "040000", "160000"
FILE_MODE = 0o100644
# what a named tuple's own constructor calls, at a third of its time
make = tuple.__new__


def list_recursive(
    entries: Iterator[Entry], folder: Path, repo: pygit2.Repository, tree: str, prefix: str
) -> Iterator[Entry]:
    """Yield what a recursive walk yields, and from a number of entries on let git do the walking.

    tree    sha of the folder that is walked, `prefix` its path with a slash at the end
    """
    yield from islice(entries, SHORT)
    if next(entries, None) is not None:
        with open_git(folder, "ls-tree", "-r", "-t", "-l", "-z", tree) as child:
            assert child.stdout is not None
            yield from islice(_batch_entries(child.stdout, repo, prefix), SHORT, None)
            if child.wait():
                raise RepositoryMissing


def _batch_entries(pipe: IO[bytes], repo: pygit2.Repository, prefix: str) -> Iterator[Entry]:
    """Read records of a fixed form: `100644 blob <sha>    <size>`, a tab, the path."""
    for record in _records(pipe):
        octal, oid, tab = record[:6], record[12:52], record.index("\t", 52)
        if octal == FOLDER:
            yield make(Entry, (prefix + record[tab + 1 :], "directory", oid, 0, None, FOLDER_MODE))
            continue
        if octal == SUBMODULE:
            continue
        size, pointer = int(record[53:tab]), None
        if POINTER_LEAST_BYTES < size <= POINTER_LIMIT_BYTES:
            size, pointer = _size_and_pointer(repo, oid)
        yield make(
            Entry,
            (
                prefix + record[tab + 1 :],
                "file",
                oid,
                size,
                pointer,
                FILE_MODE if octal == FILE else int(octal, 8),
            ),
        )


def _size_and_pointer(repo: pygit2.Repository, oid: str) -> tuple[int, LfsPointer | None]:
    """Return the bytes of a file, of a large one those that it stands for, and its pointer."""
    size, pointer = blob_facts(repo, bytes.fromhex(oid))
    return (pointer.size, pointer) if pointer else (size, None)


def _records(pipe: IO[bytes]) -> Iterator[str]:
    rest = b""
    while data := pipe.read1(BLOCK_BYTES):  # type: ignore[attr-defined]
        whole, end, rest = (rest + data).rpartition(b"\0")
        if end:
            yield from whole.decode(errors="replace").split("\0")
