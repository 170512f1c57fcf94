"""Rewriting histories without some large files, from the first commit that has them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pygit2
from pygit2.enums import ObjectType, SortMode

from .reading import ReadableRepo
from .retained_refs import RETAINED
from .trees import CHILD, FOLDER_MODE, SUBMODULE_MODE, blob_facts, canonical_mode
from .values import RefMove

SIGNED_HEADERS = (b"gpgsig ", b"gpgsig-sha256 ", b"mergetag ")
SIGNATURE = re.compile(rb"^-----BEGIN (PGP|SSH) (SIGNATURE|MESSAGE)-----$.*", re.M | re.S)

# continuation lines of a header begin with a space
UNFOLDED = re.compile(rb"\n(?! )")
EMPTY_TREE = bytes.fromhex("4b825dc642cb6eb9a060e54bf8d69288fbee4904")


class Rewriter:
    """Rewrites the histories of a repository; results are cached, so repeated calls are cheap.

    unwanted  SHA-256 of the large files to remove
    """

    def __init__(self, repo: ReadableRepo, unwanted: Iterable[str]) -> None:
        self.git, self.unwanted = repo.git, frozenset(unwanted)
        self.trees: dict[bytes, bytes | None] = {}
        self.commits: dict[str, str] = {}
        self.walked: list[str] = []

    def moves(self) -> list[RefMove]:
        """Return the updates of all refs that lead to one of the files.

        Hidden refs are deleted. Updates nothing itself.
        """
        moves = []
        for name in sorted(self.git.references):
            target = self.git.references[name].target
            if isinstance(target, pygit2.Oid):
                new = self.rewritten(str(target))
                if new != str(target):
                    moves.append(RefMove(name, str(target), None if name.startswith(RETAINED) else new))
        return moves

    def rewritten(self, oid: str) -> str:
        """Return the rewritten commit or tag object; itself if it contains nothing unwanted."""
        if oid in self.commits:
            return self.commits[oid]
        kind, data = self.git.odb.read(oid)
        if kind == ObjectType.TAG:
            return self._tag(oid, data)
        if kind != ObjectType.COMMIT:
            return oid
        walk = self.git.walk(oid, SortMode.TOPOLOGICAL | SortMode.REVERSE)
        for known in self.walked:
            walk.hide(known)
        for commit in walk:
            if str(commit.id) not in self.commits:
                self.commits[str(commit.id)] = self._commit(str(commit.id))
        self.walked.append(oid)
        return self.commits[oid]

    def _tag(self, oid: str, data: bytes) -> str:
        head, _, rest = data.partition(b"\n")
        target = head.removeprefix(b"object ").decode()
        new = self.rewritten(target)
        if new == target:
            return oid
        return self._write(ObjectType.TAG, b"object " + new.encode() + b"\n" + SIGNATURE.sub(b"", rest))

    def _commit(self, oid: str) -> str:
        """Write a commit with its rewritten tree and parents, without signatures, which would be invalid."""
        data = self.git.odb.read(oid)[1]
        head, _, message = data.partition(b"\n\n")
        lines = UNFOLDED.split(head)
        written = [self._line(line) for line in lines]
        if written == lines:
            return oid
        unsigned = [line for line in written if not line.startswith(SIGNED_HEADERS)]
        return self._write(ObjectType.COMMIT, b"\n".join(unsigned) + b"\n\n" + message)

    def _line(self, line: bytes) -> bytes:
        word, _, value = line.partition(b" ")
        if word == b"tree":
            tree = bytes.fromhex(value.decode())
            return b"tree " + (self._tree(tree) or EMPTY_TREE).hex().encode()
        if word == b"parent":
            return b"parent " + self.commits.get(value.decode(), value.decode()).encode()
        return line

    def _tree(self, raw: bytes) -> bytes | None:
        """Return the rewritten tree (raw sha), or None if it is empty."""
        if raw not in self.trees:
            self.trees[raw] = self._rewrite_tree(raw)
        return self.trees[raw]

    def _rewrite_tree(self, raw: bytes) -> bytes | None:
        before = CHILD.findall(self.git.odb.read(pygit2.Oid(raw=raw))[1])
        after = [
            (mode, name, new)
            for mode, name, child in before
            if (new := self._child(canonical_mode(mode), child)) is not None
        ]
        if after == before:
            return raw
        data = b"".join(mode + b" " + name + b"\0" + child for mode, name, child in after)
        return bytes.fromhex(self._write(ObjectType.TREE, data)) if after else None

    def _child(self, mode: int, raw: bytes) -> bytes | None:
        if mode == FOLDER_MODE:
            return self._tree(raw)
        pointer = blob_facts(self.git, raw)[1] if mode != SUBMODULE_MODE else None
        return None if pointer and pointer.oid in self.unwanted else raw

    def _write(self, kind: ObjectType, data: bytes) -> str:
        return str(self.git.odb.write(kind, data))
