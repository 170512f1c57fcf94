"""Reading the files and folders of a commit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pygit2
from pygit2.enums import FileMode

from .errors import EntryNotFound, RevisionNotFound
from .pointers import POINTER_LIMIT_BYTES, parse_pointer
from .values import Entry, LfsPointer

# blob oid -> (bytes, pointer); true for ever, in every repository
_facts: dict[bytes, tuple[int, LfsPointer | None]] = {}
FACTS_LIMIT = 50_000


def tree_of(repo: pygit2.Repository, sha: str) -> pygit2.Tree:
    """Return the root tree of a commit.

    raises  RevisionNotFound
    """
    commit = repo.get(sha)
    if not isinstance(commit, pygit2.Commit):
        raise RevisionNotFound(f"Invalid rev id: {sha}", revision=sha)
    return commit.tree


def entry_at(repo: pygit2.Repository, root: pygit2.Tree, path: str) -> Entry:
    """Return the file or folder at a path; the root itself is the folder at "".

    raises  EntryNotFound
    """
    if path == "":
        return Entry("", "directory", str(root.id), 0, mode=FileMode.TREE)
    found = _lookup(root, path)
    entry = _entry(repo, path, found) if found is not None else None
    if entry is None:
        raise EntryNotFound(path=path)
    return entry


def walk(repo: pygit2.Repository, root: pygit2.Tree, path: str, *, recursive: bool, after: str = "") -> Iterator[Entry]:
    """Yield what a folder holds in git's order, folders before what is in them.

    after   begin behind this path of an earlier answer for the same commit
    raises  EntryNotFound if there is no such folder
    """
    folder = root
    if path:
        found = _lookup(root, path)
        if not isinstance(found, pygit2.Tree):
            raise EntryNotFound(path=path)
        folder = found
    prefix = f"{path}/" if path else ""
    return _walk(repo, folder, prefix, recursive, after.removeprefix(prefix).split("/") if after.startswith(prefix) and after else [])


def _walk(repo: pygit2.Repository, folder: pygit2.Tree, prefix: str, recursive: bool, after: list[str]) -> Iterator[Entry]:
    skipping = after[0] if after else None
    for child in folder:
        if skipping is not None:
            if child.name != skipping:
                continue
            skipping = None
            if recursive and isinstance(child, pygit2.Tree):
                yield from _walk(repo, child, f"{prefix}{child.name}/", True, after[1:])
            continue
        entry = _entry(repo, f"{prefix}{child.name}", child)
        if entry is None:
            continue
        yield entry
        if recursive and isinstance(child, pygit2.Tree):
            yield from _walk(repo, child, f"{entry.path}/", True, [])


def blob_facts(repo: pygit2.Repository, oid: pygit2.Oid) -> tuple[int, LfsPointer | None]:
    """Return the size of a blob in bytes, and the pointer that it is, if it is one."""
    known = _facts.get(oid.raw)
    if known is None:
        size = repo.odb.read_header(oid)[1]
        pointer = parse_pointer(repo.odb.read(oid)[1]) if 100 < size <= POINTER_LIMIT_BYTES else None
        if len(_facts) >= FACTS_LIMIT:
            _facts.clear()
        known = _facts[oid.raw] = (size, pointer)
    return known


def _entry(repo: pygit2.Repository, path: str, found: pygit2.Object) -> Entry | None:
    """Return a tree's child as a value, or None for a submodule, which is nothing that we hold."""
    if found.filemode == FileMode.TREE:
        return Entry(path, "directory", str(found.id), 0, mode=FileMode.TREE)
    if found.filemode == FileMode.COMMIT:
        return None
    size, pointer = blob_facts(repo, found.id)
    return Entry(path, "file", str(found.id), pointer.size if pointer else size, pointer, int(found.filemode))


def _lookup(root: pygit2.Tree, path: str) -> pygit2.Object | None:
    """Return what stands at a path as it is spelled, or in Unicode NFC, as commits spell it."""
    for spelling in dict.fromkeys((path, unicodedata.normalize("NFC", path))):
        try:
            return root[spelling.rstrip("/")]
        except (KeyError, ValueError, UnicodeEncodeError):
            continue
    return None
