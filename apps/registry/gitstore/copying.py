"""Copying files between repositories."""

from __future__ import annotations

import pygit2

from .reading import ReadableRepo


def copy_tree(source: ReadableRepo, target: ReadableRepo, tree: str) -> None:
    """Copy all objects of a tree into another repository as one pack, without any commit of the source."""
    pack = pygit2.PackBuilder(source.git)
    pack.set_threads(1)
    pack.add_recur(pygit2.Oid(hex=tree))
    pack.write(str(target.folder / "objects" / "pack"))
