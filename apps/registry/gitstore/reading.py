"""Reading one bare repository."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from . import history, listing, refs, revisions, trees
from .errors import EntryNotFound, RepositoryMissing, RevisionNotFound
from .values import CommitInfo, Entry, Refs


class ReadableRepo:
    """A repository opened for reading. Not thread-safe, and cheap to open: open one per request.

    folder  the bare repository
    borrow  an additional object directory, such as that of a push in quarantine
    """

    def __init__(self, folder: Path, borrow: Path | None = None) -> None:
        self.folder, self.is_borrowing = folder, borrow is not None
        try:
            self.git = pygit2.Repository(str(folder), RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            raise RepositoryMissing from error
        if borrow is not None:
            self.git.odb.add_disk_alternate(str(borrow))

    def resolve(self, revision: str) -> str:
        """Return the full sha of a branch, tag, abbreviated sha (4 hex digits or more), HEAD or full ref
        name.

        raises  RevisionNotFound
        """
        return revisions.resolve(self.git, revision)

    def find(self, revision: str) -> str | None:
        """Return the result of resolve, or None."""
        try:
            return self.resolve(revision)
        except RevisionNotFound:
            return None

    def target(self, ref: str) -> str | None:
        """Return the commit of a full ref name (`refs/heads/main`), or None."""
        return revisions.ref_target(self.git, ref)

    def raw_target(self, ref: str) -> str:
        """Return the object that a ref points to, without peeling tags.

        raises  RevisionNotFound
        """
        try:
            return str(self.git.references[ref].resolve().target)
        except (KeyError, ValueError):
            raise RevisionNotFound(f"Invalid rev id: {ref}") from None

    def tree(
        self,
        sha: str,
        path: str = "",
        recursive: bool = False,
        *,
        after: str = "",
        submodules: bool = False,
    ) -> Iterator[Entry]:
        """Yield the entries of a folder in git's order, folders before their contents.

        after       start after this path, for pagination
        submodules  yield these too
        raises      RevisionNotFound, EntryNotFound if there is no such folder
        """
        root, path = trees.tree_of(self.git, sha), path.strip("/")
        entries = trees.walk(self.git, root, path, recursive=recursive, after=after, submodules=submodules)
        if not recursive or after or self.is_borrowing:
            return entries
        return listing.list_recursive(
            entries,
            self.folder,
            self.git,
            trees.entry_at(self.git, root, path).oid,
            f"{path}/" if path else "",
            submodules=submodules,
        )

    def names(self, sha: str, path: str = "") -> list[str]:
        """Return the names in a folder of a commit, none if there is no such folder."""
        return trees.names_in(self.git, trees.tree_of(self.git, sha), path)

    def entry(self, sha: str, path: str) -> Entry:
        """Return the file or folder at a path of a commit ("" is the root).

        raises  RevisionNotFound, EntryNotFound
        """
        return trees.entry_at(self.git, trees.tree_of(self.git, sha), path.strip("/"))

    def entries(self, sha: str, paths: Iterable[str]) -> Iterator[Entry]:
        """Yield the entries of those paths that exist."""
        root = trees.tree_of(self.git, sha)
        for path in paths:
            try:
                yield trees.entry_at(self.git, root, path.strip("/"))
            except EntryNotFound:
                continue

    def read(self, blob_oid: str) -> bytes:
        """Return the bytes of a blob (regular files are at most 10 MiB).

        raises  EntryNotFound
        """
        blob = self.git.get(blob_oid)
        if not isinstance(blob, pygit2.Blob):
            raise EntryNotFound(oid=blob_oid)
        return blob.data

    def read_file(self, sha: str, path: str, limit_bytes: int | None = None) -> bytes | None:
        """Return the bytes of a regular file; None if it is absent, a folder, large, or above the limit."""
        try:
            entry = self.entry(sha, path)
        except (EntryNotFound, RevisionNotFound):
            return None
        if not entry.is_file or entry.pointer or (limit_bytes is not None and entry.size > limit_bytes):
            return None
        return self.read(entry.oid)

    def blob_size(self, blob_oid: str) -> int:
        """Return the size of a blob in git (for a large file, of its pointer).

        raises  EntryNotFound
        """
        try:
            _kind, size = self.git.odb.read_header(blob_oid)
        except (KeyError, ValueError):
            raise EntryNotFound(oid=blob_oid) from None
        return size

    def commit(self, sha: str) -> CommitInfo:
        """Return one commit.

        raises  RevisionNotFound
        """
        return history.commit_info(self.git, sha)

    def log(self, sha: str, limit: int = 50, skip: int = 0) -> list[CommitInfo]:
        """Return commits along first parents, newest first."""
        return [self.commit(one) for one in islice(history.first_parents(self.git, sha), skip, skip + limit)]

    def commit_count(self, sha: str) -> int:
        """Return the length of the first-parent history; immutable, so it may be cached by sha."""
        return history.count_commits(self.folder, sha)

    def leads_to(self, sha: str, older: str) -> bool:
        """Return whether `older` is the commit or one of its ancestors."""
        try:
            return sha == older or self.git.descendant_of(sha, older)
        except (KeyError, ValueError, pygit2.GitError):
            return False

    def last_commits(self, sha: str, path: str = "") -> dict[str, CommitInfo]:
        """Return the last commit of each direct child of a folder, by path; may be cached by sha and path.

        raises  RevisionNotFound, EntryNotFound
        """
        ids = self.last_commit_ids(sha, [entry.path for entry in self.tree(sha, path)], under=path.strip("/"))
        infos = {one: self.commit(one) for one in set(ids.values())}
        return {child: infos[one] for child, one in ids.items()}

    def last_commit_ids(self, sha: str, paths: Collection[str], *, under: str = "") -> dict[str, str]:
        """Return the sha of the last commit of each path (file or folder) at a commit.

        under  a folder that contains all of the paths, to narrow the search
        """
        names = {path.rpartition("/")[2] for path in paths}
        if {path.rpartition("/")[0] for path in paths} == {under}:
            prefix = f"{under}/" if under else ""
            return {
                prefix + name: one for name, one in history.last_changes(self.git, sha, under, names).items()
            }
        return history.last_commit_ids(self.folder, sha, paths, under=under) if paths else {}

    def refs(self) -> Refs:
        return refs.list_refs(self.git)

    @property
    def default_branch(self) -> str:
        return str(self.git.references["HEAD"].target).removeprefix("refs/heads/")
