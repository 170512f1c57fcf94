"""Plain values of a git repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class LfsPointer:
    """An LFS pointer: the text that git stores in place of a large file.

    oid           sha256 of the large file, 64 hex
    size          bytes of the large file
    pointer_size  bytes of the pointer text
    """

    oid: str
    size: int
    pointer_size: int


class Entry(NamedTuple):
    """A file or folder of a commit; submodules only where they are asked for.

    path  from the root of the repo, without a leading slash
    oid   sha1 of the blob or tree; of a submodule its commit
    size  bytes; of a large file the size of its content, 0 for a folder
    mode  git file mode (0o100644, 0o100755, 0o120000, 0o40000, 0o160000)
    """

    path: str
    kind: Literal["file", "directory", "submodule"]
    oid: str
    size: int
    pointer: LfsPointer | None = None
    mode: int = 0o100644

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_file(self) -> bool:
        return self.kind == "file"


@dataclass(frozen=True, slots=True)
class Signature:
    """Author and time of a commit; `at` defaults to now."""

    name: str
    email: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit: `title` is its first line, `message` the rest, `date` the commit date (aware, UTC)."""

    sha: str
    title: str
    message: str
    author: str
    email: str
    date: datetime
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A ref: short `name` (`main`, `parquet`, `1`), full `ref`, and the sha of its commit."""

    name: str
    ref: str
    target: str


@dataclass(frozen=True, slots=True)
class Refs:
    branches: list[Ref] = field(default_factory=list)
    tags: list[Ref] = field(default_factory=list)
    converts: list[Ref] = field(default_factory=list)
    pulls: list[Ref] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RefMove:
    """The update of one ref; `old` None creates it, `new` None deletes it."""

    ref: str
    old: str | None
    new: str | None
