"""Reading the files and folders of a commit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pygit2

from .errors import EntryNotFound, RevisionNotFound
from .pointers import POINTER_LIMIT_BYTES, parse_pointer
from .values import Entry, LfsPointer

# blob oid -> (size, pointer), immutable and independent of the repository
_facts: dict[bytes, tuple[int, LfsPointer | None]] = {}
FACTS_LIMIT = 50_000
POINTER_LEAST_BYTES = 100
FOLDER_MODE, SUBMODULE_MODE = 0o40000, 0o160000
# modes as git writes them; others are parsed
MODES = {mode: int(mode, 8) for mode in (b"100644", b"100755", b"120000", b"40000", b"160000")}
CHILD = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)


def canonical_mode(digits: bytes) -> int:
    """Return the mode of a tree's child as git reads it: what is neither file, link nor folder is a
    submodule.

    source  git's cache.h, `canon_mode`
    """
    mode = int(digits, 8)
    kind = mode & 0o170000
    if kind == 0o100000:
        return 0o100755 if mode & 0o100 else 0o100644
    return kind if kind in (FOLDER_MODE, 0o120000) else SUBMODULE_MODE


def tree_of(repo: pygit2.Repository, sha: str) -> pygit2.Tree:
    """Return the root tree of a commit.

    raises  RevisionNotFound
    """
    commit = repo.get(sha) if sha else None
    if not isinstance(commit, pygit2.Commit):
        raise RevisionNotFound(f"Invalid rev id: {sha}", revision=sha)
    return commit.tree


def entry_at(repo: pygit2.Repository, root: pygit2.Tree, path: str) -> Entry:
    """Return the file or folder at a path ("" is the root).

    raises  EntryNotFound
    """
    if path == "":
        return Entry("", "directory", str(root.id), 0, mode=FOLDER_MODE)
    found = _lookup(root, path)
    entry = (
        _entry(repo, path, found.id.raw, canonical_mode(b"%o" % int(found.filemode)))
        if found is not None
        else None
    )
    if entry is None:
        raise EntryNotFound(path=path)
    return entry


def walk(
    repo: pygit2.Repository,
    root: pygit2.Tree,
    path: str,
    *,
    recursive: bool,
    after: str = "",
    submodules: bool = False,
) -> Iterator[Entry]:
    """Yield the entries of a folder in git's order, folders before their contents.

    after       start after this path of an earlier page
    submodules  yield these too
    raises      EntryNotFound if there is no such folder
    """
    folder = root
    if path:
        found = _lookup(root, path)
        if not isinstance(found, pygit2.Tree):
            raise EntryNotFound(path=path)
        folder = found
    prefix = f"{path}/" if path else ""
    skipped = after.removeprefix(prefix).split("/") if after and after.startswith(prefix) else []
    return _walk(repo, folder.id, prefix, recursive, skipped, submodules)


def _walk(
    repo: pygit2.Repository,
    folder: pygit2.Oid,
    prefix: str,
    recursive: bool,
    after: list[str],
    submodules: bool,
) -> Iterator[Entry]:
    """Walk with an explicit stack, since depth is not limited by Python's recursion."""
    opened = [(prefix, children_of(repo, folder))]
    for name in after:
        place, children = opened[-1]
        mode, _name, raw = next((child for child in children if child[1] == name), (0, "", b""))
        if not recursive or mode != FOLDER_MODE:
            break
        opened.append((f"{place}{name}/", children_of(repo, pygit2.Oid(raw=raw))))
    while opened:
        place, children = opened[-1]
        mode, name, raw = next(children, (0, "", b""))
        if not raw:
            opened.pop()
            continue
        entry = _entry(repo, place + name, raw, mode)
        if entry is None:
            if submodules:
                yield submodule(place + name, raw.hex())
            continue
        yield entry
        if recursive and mode == FOLDER_MODE:
            opened.append((f"{place}{name}/", children_of(repo, pygit2.Oid(raw=raw))))


def children_of(repo: pygit2.Repository, folder: pygit2.Oid) -> Iterator[tuple[int, str, bytes]]:
    """Yield mode, name and raw sha of each child."""
    for mode, name, raw in CHILD.findall(repo.odb.read(folder)[1]):
        yield MODES.get(mode) or canonical_mode(mode), name.decode(errors="replace"), raw


def names_in(repo: pygit2.Repository, root: pygit2.Tree, path: str) -> list[str]:
    """Return the names in a folder ("" is the root), none if there is no such folder."""
    folder = _lookup(root, path) if path else root
    if not isinstance(folder, pygit2.Tree):
        return []
    return [name.decode(errors="replace") for _mode, name, _raw in CHILD.findall(repo.odb.read(folder.id)[1])]


def blob_facts(repo: pygit2.Repository, raw: bytes) -> tuple[int, LfsPointer | None]:
    """Return the size of a blob and its LFS pointer, if it is one; `raw` is its sha in 20 bytes."""
    known = _facts.get(raw)
    if known is None:
        oid = pygit2.Oid(raw=raw)
        size = repo.odb.read_header(oid)[1]
        pointer = (
            parse_pointer(repo.odb.read(oid)[1])
            if POINTER_LEAST_BYTES < size <= POINTER_LIMIT_BYTES
            else None
        )
        if len(_facts) >= FACTS_LIMIT:
            _facts.clear()
        known = _facts[raw] = (size, pointer)
    return known


def _entry(repo: pygit2.Repository, path: str, raw: bytes, mode: int) -> Entry | None:
    """Return a tree's child as a value, or None for a submodule."""
    if mode == FOLDER_MODE:
        return Entry(path, "directory", raw.hex(), 0, None, mode)
    if mode == SUBMODULE_MODE:
        return None
    size, pointer = blob_facts(repo, raw)
    return Entry(path, "file", raw.hex(), pointer.size if pointer else size, pointer, mode)


def submodule(path: str, commit: str) -> Entry:
    return Entry(path, "submodule", commit, 0, None, SUBMODULE_MODE)


def _lookup(root: pygit2.Tree, path: str) -> pygit2.Object | None:
    """Look up a path as spelled, then in NFC, which commits use, then in NFD, as old Macs push names."""
    for spelling in dict.fromkeys((path, *(unicodedata.normalize(form, path) for form in ("NFC", "NFD")))):
        try:
            return root[spelling.rstrip("/")]
        except (KeyError, ValueError, UnicodeEncodeError):
            continue
    return None
