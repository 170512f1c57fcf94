"""Copying files from one repository to another."""

from __future__ import annotations

import pygit2

from .reading import ReadableRepo


def copy_tree(source: ReadableRepo, target: ReadableRepo, tree: str) -> None:
    """Put all objects of a tree into another repository, as one pack; no commit of the source comes along."""
    pack = pygit2.PackBuilder(source.git)
    pack.set_threads(1)
    pack.add_recur(pygit2.Oid(hex=tree))
    pack.write(str(target.folder / "objects" / "pack"))
