"""The kinds of change that a commit is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AddFile:
    """Put a regular file; `content` is its bytes or a file on local disk that holds them (never moved or deleted here)."""

    path: str
    content: bytes | Path

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size


@dataclass(frozen=True, slots=True)
class AddLarge:
    """Put a pointer to a large object; the commit path fills in `size` (bytes) where the caller does not know it."""

    path: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class AddBlob:
    """Put a blob that the repository already holds."""

    path: str
    oid: str
    size: int
    mode: int = 0o100644


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a file, or a folder with all that is in it."""

    path: str


@dataclass(frozen=True, slots=True)
class DeleteFolder:
    """Remove a folder with all that is in it."""

    path: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Put what `source_path` was at `source_revision` (the parent commit if None); files and folders."""

    source_path: str
    source_revision: str | None
    path: str


Change = AddFile | AddLarge | AddBlob | Delete | DeleteFolder | Copy
