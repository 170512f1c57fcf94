"""One bare repository: reading, writing commits, updating refs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pygit2

from . import packing, refs, trees
from .changes import AddBlob, AddFile, AddLarge, Change, Copy
from .children import run_git
from .errors import EntryNotFound, RefProtected, RevisionNotFound
from .fast_import import import_blobs
from .loose_objects import retry_on_missing_dir
from .paths import check_path
from .pointers import pointer_text
from .reading import ReadableRepo
from .values import RefMove, Signature
from .writer import build_tree

# starting a child costs about as much as writing this many loose files
PACK_FROM = 30


class GitRepo(ReadableRepo):
    """A repository. Not thread-safe, and cheap to open: open one per request."""

    def stage(self, changes: Iterable[Change]) -> list[Change]:
        """Write the blobs of added files, outside any lock, and return changes for write_commit that refer
        to them.

        raises  BadPath, ValueError if an AddLarge has no size
        """
        staged = list(changes)
        contents = {
            place: _content(change)
            for place, change in enumerate(staged)
            if isinstance(change, AddFile | AddLarge)
        }
        if len(contents) < PACK_FROM:
            shas = [retry_on_missing_dir(partial(self._write_blob, content)) for content in contents.values()]
        else:
            shas = import_blobs(self.folder, list(contents.values()))
        for place, sha in zip(contents, shas, strict=True):
            staged[place] = _as_blob(staged[place], sha)
        return staged

    def write_commit(
        self,
        parent_sha: str | None,
        changes: Iterable[Change],
        author: Signature,
        message: str,
        description: str = "",
    ) -> str:
        """Write a commit on top of another and return its sha; refs are not updated.

        Applies deletions, then copies, then additions. Returns the parent if nothing changed.
        raises  BadPath, EntryNotFound, RevisionNotFound for the source of a copy
        """
        staged = self.stage(changes)
        parent = trees.tree_of(self.git, parent_sha) if parent_sha else None
        sources = {
            id(change): self._copied(change, parent_sha) for change in staged if isinstance(change, Copy)
        }
        tree = build_tree(self.git, parent, staged, sources)
        if parent is not None and parent_sha is not None and tree == parent.id:
            return parent_sha
        return self.write_tree_commit(
            str(tree), [parent_sha] if parent_sha else [], author, message, description
        )

    def write_tree_commit(
        self, tree: str, parents: list[str], author: Signature, message: str, description: str = ""
    ) -> str:
        """Write a commit of an existing tree (squash, merge); refs are not updated."""
        text = f"{message.strip()}\n\n{description.strip()}".strip() + "\n"
        signature = _signature(author)
        before = [pygit2.Oid(hex=one) for one in parents]
        return str(
            retry_on_missing_dir(
                lambda: self.git.create_commit(None, signature, signature, text, pygit2.Oid(hex=tree), before)
            )
        )

    def tree_id(self, sha: str) -> str:
        """Return the sha of a commit's root tree."""
        return str(trees.tree_of(self.git, sha).id)

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
        """Update a ref from its known value; `old` None creates it, `new` None deletes it.

        raises  RefMoved if it has another value, RefExists
        """
        self.move_refs([RefMove(ref, old, new)])

    def move_refs(self, moves: list[RefMove], *, permanently: bool = False) -> None:
        """Update all refs or none (raises as move_ref); replaced objects are retained for a grace period.

        permanently  retain nothing
        """
        unreferenced = (
            set()
            if permanently
            else {
                move.old
                for move in moves
                if move.old and not (move.new and self.leads_to(move.new, move.old))
            }
        )
        refs.move_refs(self.folder, moves, unreferenced)

    def create_branch(self, name: str, sha: str) -> None:
        """Create a branch at a commit.

        raises  BadRefName, RefExists
        """
        self.move_ref(f"refs/heads/{refs.check_ref_name(name)}", None, sha)

    def delete_branch(self, name: str) -> None:
        """Delete a branch.

        raises  RevisionNotFound, RefProtected for the default branch
        """
        if name == self.default_branch:
            raise RefProtected(f"Cannot delete refs/heads/{name}")
        self._delete(f"refs/heads/{name}")

    def create_tag(self, name: str, sha: str, message: str = "", tagger: Signature | None = None) -> None:
        """Create a tag at a commit; with a message and a tagger it is annotated.

        raises  BadRefName, RefExists
        """
        ref = f"refs/tags/{refs.check_ref_name(name)}"
        target = sha
        if message and tagger and ref not in self.git.references:
            # only the object is written here, so that creating the ref stays compare-and-swap
            head = f"object {sha}\ntype commit\ntag {name}\ntagger {_line(_signature(tagger))}"
            draft = f"{head}\n\n{message.strip()}\n"
            target = str(
                retry_on_missing_dir(lambda: self.git.odb.write(pygit2.enums.ObjectType.TAG, draft.encode()))
            )
        self.move_ref(ref, None, target)

    def delete_tag(self, name: str) -> None:
        """Delete a tag.

        raises  RevisionNotFound
        """
        self._delete(f"refs/tags/{name}")

    def set_default_branch(self, name: str) -> None:
        """Point HEAD to another existing branch.

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

    # --- packing

    @property
    def wants_packing(self) -> bool:
        """Return whether there are many loose objects or packs."""
        return packing.wants_packing(self.folder)

    @property
    def wants_cleaning(self) -> bool:
        """Return whether there is something to remove."""
        return packing.wants_cleaning(self.folder)

    def pack(self) -> bool:
        """Consolidate loose objects and small packs; False if another process is packing."""
        return packing.pack(self.folder)

    def clean(self) -> bool:
        """Pack everything and remove what has been unreachable for the grace period.

        False if another process is packing.
        """
        return packing.clean(self.folder)


def _content(change: AddFile | AddLarge) -> bytes | Path:
    """Return the blob of an added file.

    raises  BadPath, ValueError if the size of a large file is unknown
    """
    check_path(change.path)
    if isinstance(change, AddFile):
        return change.content
    if change.size is None:
        raise ValueError(f"The size of {change.path} is unknown.")
    return pointer_text(change.sha256, change.size)


def _as_blob(change: Change, sha: str) -> AddBlob:
    assert isinstance(change, AddFile | AddLarge)
    size = change.size if isinstance(change, AddFile) else len(pointer_text(change.sha256, change.size or 0))
    replaces = change.replaces if isinstance(change, AddFile) else ""
    return AddBlob(check_path(change.path), sha, size, replaces)


def _signature(author: Signature) -> pygit2.Signature:
    """Return a git signature without characters that would break its header line."""
    moment = author.at or datetime.now(UTC)
    return pygit2.Signature(
        _clean(author.name) or "nobody",
        _clean(author.email) or "nobody@localhost",
        int(moment.timestamp()),
        0,
        "utf-8",
    )


def _clean(text: str) -> str:
    return "".join(
        character for character in text if character.isprintable() and character not in "<>"
    ).strip(" .,:;\"'")


def _line(signature: pygit2.Signature) -> str:
    return f"{signature.name} <{signature.email}> {signature.time} +0000"
