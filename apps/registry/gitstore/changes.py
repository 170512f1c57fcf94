"""The changes that make up a commit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AddFile:
    """Add a regular file, executable if the file that it replaces is.

    content   its bytes, or a local file with them, which is neither moved nor deleted
    replaces  path of the file that it replaces, if that is another one
    """

    path: str
    content: bytes | Path
    replaces: str = ""

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size


@dataclass(frozen=True, slots=True)
class AddLarge:
    """Add a pointer to a large object.

    The commit service fills in `size` (bytes) if the caller does not know it.
    """

    path: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class AddBlob:
    """Add a blob that is already in the repository, executable if the file that it replaces is."""

    path: str
    oid: str
    size: int
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a file, or a folder with its contents."""

    path: str


@dataclass(frozen=True, slots=True)
class DeleteFolder:
    """Delete a folder with its contents."""

    path: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy a file or folder from `source_path` at `source_revision` (the parent commit if None)."""

    source_path: str
    source_revision: str | None
    path: str


Change = AddFile | AddLarge | AddBlob | Delete | DeleteFolder | Copy
