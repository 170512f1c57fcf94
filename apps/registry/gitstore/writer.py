"""Building the tree of a new commit; only folders that change are read and written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

import pygit2
from django.utils.translation import gettext as _
from pygit2.enums import FileMode

from .changes import AddBlob, Change, Copy, Delete, DeleteFolder
from .errors import BadPath, EntryNotFound
from .loose_objects import retry_on_missing_dir
from .paths import check_path

Leaf = tuple[pygit2.Oid, int]


@dataclass(slots=True)
class Folder:
    """A folder that is read on first access and written if it changed.

    other_forms  NFC of a name -> the name, where a push spelled it in another form
    """

    repo: pygit2.Repository
    oid: pygit2.Oid | None = None
    children: dict[str, Folder | Leaf] = field(default_factory=dict)
    is_read: bool = False
    is_changed: bool = False
    other_forms: dict[str, str] = field(default_factory=dict)

    def read(self) -> dict[str, Folder | Leaf]:
        if not self.is_read:
            self.is_read = True
            for child in self.repo[self.oid].peel(pygit2.Tree) if self.oid else ():
                is_folder, name = child.filemode == FileMode.TREE, str(child.name)
                if not unicodedata.is_normalized("NFC", name):
                    self.other_forms[unicodedata.normalize("NFC", name)] = name
                self.children[name] = (
                    Folder(self.repo, child.id) if is_folder else (child.id, int(child.filemode))
                )
        return self.children

    def spelled(self, name: str) -> str:
        """Return a name in NFC as this folder spells it: pushed names may be in another form."""
        return name if name in self.read() else self.other_forms.get(name, name)

    def put(self, parts: list[str], what: Folder | Leaf, path: str) -> None:
        """Add a file or folder at a path below this one, creating folders as needed.

        raises  BadPath if a file is where a folder is needed, or the reverse
        """
        self.is_changed, children = True, self.read()
        name, rest = self.spelled(parts[0]), parts[1:]
        there = children.get(name)
        if rest:
            if isinstance(there, tuple):
                text = _("%(path)s cannot be created, since %(file)s is a file.")
                raise BadPath(text % {"path": path, "file": path[: -len("/".join(rest)) - 1]})
            folder = there or Folder(self.repo)
            children[name] = folder
            folder.put(rest, what, path)
        elif isinstance(there, Folder) and there.read() and not isinstance(what, Folder):
            raise BadPath(_("%(path)s is a folder and cannot be replaced by a file.") % {"path": path})
        else:
            children[name] = what

    def remove(self, parts: list[str], path: str, *, folders_only: bool) -> None:
        """Delete a file or folder.

        raises  EntryNotFound
        """
        children, name, rest = self.read(), self.spelled(parts[0]), parts[1:]
        there = children.get(name)
        if (
            there is None
            or (rest and isinstance(there, tuple))
            or (not rest and folders_only and isinstance(there, tuple))
        ):
            raise EntryNotFound(path=path)
        self.is_changed = True
        if rest:
            assert isinstance(there, Folder)
            there.remove(rest, path, folders_only=folders_only)
        else:
            del children[name]

    def mode_of(self, parts: list[str]) -> int | None:
        """Return the mode of the file at a path below this folder, None if there is none."""
        there = self.read().get(self.spelled(parts[0]))
        if isinstance(there, Folder):
            return there.mode_of(parts[1:]) if parts[1:] else None
        return there[1] if there and not parts[1:] else None

    def write(self) -> pygit2.Oid | None:
        """Write changed folders and return the tree, or None if it is empty."""
        if not self.is_changed:
            return self.oid
        builder = self.repo.TreeBuilder()
        for name, child in self.children.items():
            oid = child.write() if isinstance(child, Folder) else child[0]
            if oid is not None:
                builder.insert(name, oid, FileMode.TREE if isinstance(child, Folder) else child[1])
        return retry_on_missing_dir(builder.write) if len(builder) else None


def build_tree(
    repo: pygit2.Repository,
    parent: pygit2.Tree | None,
    changes: Iterable[Change],
    sources: dict[int, pygit2.Object],
) -> pygit2.Oid:
    """Return the tree after deletions, then copies, then additions.

    parent   the previous tree, None for a first commit
    changes  without AddFile and AddLarge, whose blobs are written before
    sources  the source of each Copy, by the id() of the change
    raises   BadPath, EntryNotFound
    """
    root, changes = Folder(repo, parent.id if parent else None), list(changes)
    # before deletions: clients delete and add a file in one commit to replace it
    modes = {change.path: _mode_after(root, change) for change in changes if isinstance(change, AddBlob)}
    for change in changes:
        if isinstance(change, Delete | DeleteFolder):
            path = check_path(change.path.rstrip("/"))
            root.remove(path.split("/"), path, folders_only=isinstance(change, DeleteFolder))
    for change in changes:
        if isinstance(change, Copy):
            _put_copy(repo, root, check_path(change.path), sources[id(change)])
    for change in changes:
        if isinstance(change, AddBlob):
            path = check_path(change.path)
            root.put(path.split("/"), (pygit2.Oid(hex=change.oid), modes[change.path]), path)
    tree = root.write()
    return tree if tree is not None else retry_on_missing_dir(repo.TreeBuilder().write)


def _mode_after(root: Folder, change: AddBlob) -> int:
    before = check_path(change.replaces or change.path)
    is_executable = root.mode_of(before.split("/")) == FileMode.BLOB_EXECUTABLE
    return FileMode.BLOB_EXECUTABLE if is_executable else FileMode.BLOB


def _put_copy(repo: pygit2.Repository, root: Folder, path: str, source: pygit2.Object) -> None:
    if source.filemode == FileMode.TREE:
        root.put(path.split("/"), Folder(repo, source.id), path)
    else:
        root.put(path.split("/"), (source.id, int(source.filemode)), path)
