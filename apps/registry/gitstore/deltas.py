"""Changed files between two commits, from `git diff-tree`, by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.core.cache import CachedValue

from .children import open_git, records
from .repo import GitRepo

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PAGE_FILES = 50
RENAMES_SECONDS = 10
# inexact renames are detected among at most this many files per side; exact ones always
SIMILARITY = ("--find-renames", "--find-copies", "-l400")
STATUSES = {"A": "added", "D": "removed", "M": "changed", "R": "renamed", "C": "copied", "T": "retyped"}


@dataclass(frozen=True, slots=True)
class Side:
    """A file on one side of a comparison.

    mode  0o100644, 0o100755, 0o120000 (symbolic link) or 0o160000 (submodule; oid is a commit)
    """

    path: str
    mode: int
    oid: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A changed file.

    status    added, removed, changed, renamed, copied or retyped
    similarity  similarity of a renamed or copied file, in percent
    """

    status: str
    old: Side | None
    new: Side | None
    similarity: int = 100

    @property
    def path(self) -> str:
        side = self.new or self.old
        return side.path if side else ""


@dataclass(frozen=True, slots=True)
class Deltas:
    """A page of changed files.

    first  number of the page's first file, from 0
    count  changed files on all pages
    """

    rows: list[Delta]
    first: int
    count: int


PAGES = CachedValue("deltas", Deltas, seconds=24 * 3600)


def deltas_between(git: GitRepo, base: str, head: str, *, first: int = 0, count: int = PAGE_FILES) -> Deltas:
    """Return a page of changed files between two commits or trees; cached, as it never changes."""
    kept = PAGES.get(base, head, first, count)
    if kept is None:
        rows, total = [], 0
        for total, delta in enumerate(_all_deltas(git, base, head), 1):
            if first < total <= first + count:
                rows.append(delta)
        kept = Deltas(rows, first, total)
        PAGES.set(kept, base, head, first, count)
    return kept


def delta_of(git: GitRepo, base: str, head: str, path: str) -> Delta | None:
    """Return the change of one file, or None if it did not change."""
    return next((delta for delta in _all_deltas(git, base, head) if delta.path == path), None)


def _all_deltas(git: GitRepo, base: str, head: str) -> Iterator[Delta]:
    """Yield all changed files; without rename detection if it takes too long."""
    rows = _diff_tree(git, base, head, SIMILARITY)
    first = next(rows, None)
    if first is None:
        rows = _diff_tree(git, base, head, ("--no-renames",))
        first = next(rows, None)
    if first is not None:
        yield first
        yield from rows


def _diff_tree(git: GitRepo, base: str, head: str, options: tuple[str, ...]) -> Iterator[Delta]:
    words = ("diff-tree", "--raw", "-r", "-z", "--no-abbrev", *options, base, head, "--")
    # the first record arrives once rename detection is done
    with open_git(git.folder, *words, seconds=RENAMES_SECONDS) as child:
        assert child.stdout is not None
        fields = records(child.stdout)
        for head_field in fields:
            yield _delta(head_field.decode(), fields)


def _delta(head: str, fields: Iterator[bytes]) -> Delta:
    """Parse a record of `git diff-tree`: `:100644 100644 oid oid R086`, then its paths."""
    old_mode, new_mode, old_oid, new_oid, word = head.removeprefix(":").split(" ")
    path = next(fields, b"").decode(errors="replace")
    other = next(fields, b"").decode(errors="replace") if word[0] in "RC" else path
    status = STATUSES.get(word[0], "changed")
    old = None if status == "added" else Side(path, int(old_mode, 8), old_oid)
    new = None if status == "removed" else Side(other, int(new_mode, 8), new_oid)
    return Delta(status, old, new, int(word[1:] or 100))
