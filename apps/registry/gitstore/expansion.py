"""How many paths trees expand to, counted once per tree.

A few objects can expand to millions of paths, since a folder may contain the same folder many times. Walking
paths costs what they expand to; this costs the number of distinct trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pygit2

from .errors import FolderTooLarge
from .trees import CHILD, FOLDER_MODE, canonical_mode

# a folder of two hundred thousand files named by numbers has 7 MiB, one of as many hashes 13
TREE_LIMIT_BYTES = 16 << 20
# raw sha of a folder, None for anything else; bytes of its name
Child = tuple[bytes | None, int]
# counts are capped, since nested sums grow exponentially
MOST = 1 << 60


class Expansion(NamedTuple):
    """What is below a folder; counts are capped at 2^60.

    entries     files, folders and submodules at any depth
    path_bytes  total length of their paths, relative to the folder
    longest     length of the longest of these paths in bytes
    depth       parts of the deepest of them
    """

    entries: int = 0
    path_bytes: int = 0
    longest: int = 0
    depth: int = 0


class Expansions:
    """Computes and caches the expansions of one repository's trees."""

    def __init__(self, repo: pygit2.Repository) -> None:
        self.repo = repo
        self.known: dict[bytes, Expansion] = {}

    def of(self, tree: str) -> Expansion:
        """Return the expansion of a tree; reads each tree below it once.

        tree    sha of a tree
        raises  KeyError if a tree is absent, FolderTooLarge
        """
        root = bytes.fromhex(tree)
        # depth first without recursion: a folder is counted after all its subfolders
        todo = [] if root in self.known else [self._open(root)]
        while todo:
            raw, children, waiting = todo[-1]
            missing = next(
                (child for child, _ in waiting if child is not None and child not in self.known), None
            )
            if missing is not None:
                todo.append(self._open(missing))
            else:
                self.known[raw] = self._sum(children)
                todo.pop()
        return self.known[root]

    def _open(self, raw: bytes) -> tuple[bytes, list[Child], Iterator[Child]]:
        children = self._children(raw)
        return raw, children, iter(children)

    def _children(self, raw: bytes) -> list[Child]:
        oid = pygit2.Oid(raw=raw)
        if self.repo.odb.read_header(oid)[1] > TREE_LIMIT_BYTES:
            raise FolderTooLarge
        found = [
            (canonical_mode(mode), name, child)
            for mode, name, child in CHILD.findall(self.repo.odb.read(oid)[1])
        ]
        return [(child if mode == FOLDER_MODE else None, len(name)) for mode, name, child in found]

    def _sum(self, children: list[Child]) -> Expansion:
        entries = path_bytes = longest = depth = 0
        for child, size in children:
            below = self.known[child] if child is not None else Expansion()
            entries += 1 + below.entries
            path_bytes += size + below.path_bytes + below.entries * (size + 1)
            longest = max(longest, size + (below.longest + 1 if below.longest else 0))
            depth = max(depth, 1 + below.depth)
        return Expansion(*(min(count, MOST) for count in (entries, path_bytes, longest, depth)))
