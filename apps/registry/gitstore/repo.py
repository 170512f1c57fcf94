"""One bare repository: reading, writing commits, moving refs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from . import history, refs, revisions, trees
from .changes import AddBlob, AddFile, AddLarge, Change, Copy
from .children import run_git
from .errors import EntryNotFound, RefMoved, RefProtected, RepositoryMissing, RevisionNotFound
from .paths import check_path
from .pointers import pointer_text
from .values import CommitInfo, Entry, RefMove, Refs, Signature
from .writer import build_tree

LOOSE_LIMIT, PACKS_LIMIT = 6_700, 50
PACK_SECONDS = 3_600


class GitRepo:
    """A repository that is open for one thread; cheap to open, so open it for each request.

    folder  the bare repository
    borrow  a folder of more objects that stand beside its own, such as those of a push that is not accepted yet
    """

    def __init__(self, folder: Path, borrow: Path | None = None) -> None:
        self.folder = folder
        try:
            self.git = pygit2.Repository(str(folder), RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            raise RepositoryMissing("The files of this repository are missing.") from error
        if borrow is not None:
            self.git.odb.add_disk_alternate(str(borrow))

    # --- reading

    def resolve(self, revision: str) -> str:
        """Return the full sha of a branch, tag, sha (4 hex and more), HEAD, refs/pr/N, refs/convert/x or any full ref.

        raises  RevisionNotFound
        """
        return revisions.resolve(self.git, revision)

    def find(self, revision: str) -> str | None:
        """Return what resolve returns, or None."""
        try:
            return self.resolve(revision)
        except RevisionNotFound:
            return None

    def target(self, ref: str) -> str | None:
        """Return the commit of a ref by its full name (`refs/heads/main`), or None."""
        return revisions.ref_target(self.git, ref)

    def raw_target(self, ref: str) -> str:
        """Return the object that a ref names, a tag object as itself.

        raises  RevisionNotFound
        """
        try:
            return str(self.git.references[ref].resolve().target)
        except (KeyError, ValueError):
            raise RevisionNotFound(f"Invalid rev id: {ref}") from None

    def tree(self, sha: str, path: str = "", recursive: bool = False, *, after: str = "") -> Iterator[Entry]:
        """Yield what a folder of a commit holds, in git's order, folders before what is in them.

        after   begin behind this path of an earlier answer, for pages
        raises  RevisionNotFound, EntryNotFound if there is no such folder
        """
        return trees.walk(self.git, trees.tree_of(self.git, sha), path.strip("/"), recursive=recursive, after=after)

    def entry(self, sha: str, path: str) -> Entry:
        """Return the file or folder at a path of a commit ("" is the root).

        raises  RevisionNotFound, EntryNotFound
        """
        return trees.entry_at(self.git, trees.tree_of(self.git, sha), path.strip("/"))

    def entries(self, sha: str, paths: Iterable[str]) -> Iterator[Entry]:
        """Yield the entries at those of the paths that are there."""
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
        """Return the bytes of a regular file of a commit, or None if it is absent, a folder, large, or above the limit."""
        try:
            entry = self.entry(sha, path)
        except (EntryNotFound, RevisionNotFound):
            return None
        if not entry.is_file or entry.pointer or (limit_bytes is not None and entry.size > limit_bytes):
            return None
        return self.read(entry.oid)

    def blob_size(self, blob_oid: str) -> int:
        """Return the bytes of a blob as git holds it (of a large file: of its pointer).

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
        """Return the length of the first-parent history; true for ever, so it may be cached by sha."""
        return history.count_commits(self.folder, sha)

    def last_commits(self, sha: str, path: str = "") -> dict[str, CommitInfo]:
        """Return the last commit of each direct child of a folder, by path; may be cached by sha and path.

        raises  RevisionNotFound, EntryNotFound
        """
        children = [entry.path for entry in self.tree(sha, path)]
        return self.last_commits_of(sha, children, under=path.strip("/"))

    def last_commits_of(self, sha: str, paths: Collection[str], *, under: str = "") -> dict[str, CommitInfo]:
        """Return the last commit of each of the paths (files or folders) at a commit.

        under  a folder that holds all of the paths, if there is one: less to look through
        """
        ids = history.last_commit_ids(self.folder, sha, paths, under=under) if paths else {}
        infos = {one: self.commit(one) for one in set(ids.values())}
        return {path: infos[one] for path, one in ids.items()}

    def refs(self) -> Refs:
        return refs.list_refs(self.git)

    @property
    def default_branch(self) -> str:
        return str(self.git.references["HEAD"].target).removeprefix("refs/heads/")

    # --- writing

    def stage(self, changes: Iterable[Change]) -> list[Change]:
        """Write the bytes of what is added, outside of any lock; what write_commit is then given is small.

        raises  BadPath, ValueError if an AddLarge has no size
        """
        return [self._staged(change) for change in changes]

    def write_commit(
        self, parent_sha: str | None, changes: Iterable[Change], author: Signature, message: str, description: str = ""
    ) -> str:
        """Write a commit on top of another and return its sha; no ref is moved.

        What is removed goes first, then copies, then additions. Returns the parent if nothing changed.
        raises  BadPath, EntryNotFound, RevisionNotFound (the source of a copy)
        """
        staged = self.stage(changes)
        parent = trees.tree_of(self.git, parent_sha) if parent_sha else None
        sources = {id(change): self._copied(change, parent_sha) for change in staged if isinstance(change, Copy)}
        tree = build_tree(self.git, parent, staged, sources)
        if parent is not None and parent_sha is not None and tree == parent.id:
            return parent_sha
        return self.write_tree_commit(str(tree), [parent_sha] if parent_sha else [], author, message, description)

    def write_tree_commit(self, tree: str, parents: list[str], author: Signature, message: str, description: str = "") -> str:
        """Write a commit of a tree that is there already (squash, merge); no ref is moved."""
        text = f"{message.strip()}\n\n{description.strip()}".strip() + "\n"
        signature = _signature(author)
        return str(self.git.create_commit(None, signature, signature, text, pygit2.Oid(hex=tree), [pygit2.Oid(hex=one) for one in parents]))

    def tree_id(self, sha: str) -> str:
        """Return the sha of a commit's root tree."""
        return str(trees.tree_of(self.git, sha).id)

    def _staged(self, change: Change) -> Change:
        if isinstance(change, AddFile):
            return AddBlob(check_path(change.path), self._write_blob(change.content), change.size)
        if isinstance(change, AddLarge):
            if change.size is None:
                raise ValueError(f"The size of {change.path} is not known.")
            text = pointer_text(change.sha256, change.size)
            return AddBlob(check_path(change.path), str(self.git.create_blob(text)), len(text))
        return change

    def _write_blob(self, content: bytes | Path) -> str:
        if isinstance(content, bytes):
            return str(self.git.create_blob(content))
        with content.open("rb") as file:
            return str(self.git.create_blob_fromiobase(file))

    def _copied(self, change: Copy, parent_sha: str | None) -> pygit2.Object:
        source = self.resolve(change.source_revision) if change.source_revision else parent_sha
        try:
            return trees.tree_of(self.git, source or "")[change.source_path.strip("/")]
        except (KeyError, ValueError):
            raise EntryNotFound(path=change.source_path) from None

    # --- refs

    def move_ref(self, ref: str, old: str | None, new: str | None) -> None:
        """Move a ref by its full name from where it is known to be; None as `old` creates it, None as `new` deletes it.

        raises  RefMoved if it is elsewhere, RefExists
        """
        self.move_refs([RefMove(ref, old, new)])

    def move_refs(self, moves: list[RefMove]) -> None:
        """Move all of the refs or none (raises as move_ref)."""
        refs.move_refs(self.folder, moves)

    def create_branch(self, name: str, sha: str) -> None:
        """Make a branch at a commit.

        raises  BadRefName, RefExists
        """
        self.move_ref(f"refs/heads/{refs.check_ref_name(name)}", None, sha)

    def delete_branch(self, name: str) -> None:
        """Remove a branch.

        raises  RevisionNotFound, RefProtected for the default branch
        """
        if name == self.default_branch:
            raise RefProtected(f"Cannot delete refs/heads/{name}")
        self._delete(f"refs/heads/{name}")

    def create_tag(self, name: str, sha: str, message: str = "", tagger: Signature | None = None) -> None:
        """Make a tag at a commit; with a message and a tagger it is a tag object.

        raises  BadRefName, RefExists
        """
        ref = f"refs/tags/{refs.check_ref_name(name)}"
        target = sha
        if message and tagger and ref not in self.git.references:
            # written as an object only, so that making the ref stays compare-and-swap
            draft = f"object {sha}\ntype commit\ntag {name}\ntagger {_line(_signature(tagger))}\n\n{message.strip()}\n"
            target = str(self.git.odb.write(pygit2.enums.ObjectType.TAG, draft.encode()))
        self.move_ref(ref, None, target)

    def delete_tag(self, name: str) -> None:
        """Remove a tag.

        raises  RevisionNotFound
        """
        self._delete(f"refs/tags/{name}")

    def set_default_branch(self, name: str) -> None:
        """Let HEAD name another branch that is there.

        raises  RevisionNotFound
        """
        if self.target(f"refs/heads/{name}") is None:
            raise RevisionNotFound(f"Invalid rev id: {name}")
        run_git(self.folder, "symbolic-ref", "HEAD", f"refs/heads/{name}").check_returncode()

    def _delete(self, ref: str) -> None:
        try:
            old = str(self.git.references[ref].target)
        except (KeyError, ValueError):
            raise RevisionNotFound(revision=ref) from None
        self.move_ref(ref, old, None)

    @property
    def wants_packing(self) -> bool:
        """Return whether there are many loose objects or packs, by git's own measure: one of 256 folders stands for all."""
        objects = self.folder / "objects"
        loose, packs = objects / "17", objects / "pack"
        many_loose = loose.is_dir() and sum(1 for _ in loose.iterdir()) > LOOSE_LIMIT // 256
        return many_loose or sum(1 for _ in packs.glob("*.pack")) > PACKS_LIMIT

    def pack(self) -> None:
        """Put loose objects into packs and drop what nothing has named for two weeks; safe beside readers and writers."""
        run_git(self.folder, "gc", "--quiet", "--prune=2.weeks.ago", seconds=PACK_SECONDS).check_returncode()


def _signature(author: Signature) -> pygit2.Signature:
    """Return git's form of a signature; what would break its line is left out."""
    moment = author.at or datetime.now(UTC)
    return pygit2.Signature(
        _clean(author.name) or "nobody", _clean(author.email) or "nobody@localhost", int(moment.timestamp()), 0, "utf-8"
    )


def _clean(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and character not in "<>").strip(" .,:;\"'")


def _line(signature: pygit2.Signature) -> str:
    return f"{signature.name} <{signature.email}> {signature.time} +0000"


__all__ = ["GitRepo", "RefMoved"]
