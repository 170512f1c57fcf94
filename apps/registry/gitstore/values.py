"""What a git repository holds, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class LfsPointer:
    """A large file as git sees it: a small text that names the bytes.

    oid           sha256 of the large file, 64 hex
    size          bytes of the large file
    pointer_size  bytes of the pointer text
    """

    oid: str
    size: int
    pointer_size: int


class Entry(NamedTuple):
    """A file or folder of one commit; a tuple, since listings make thousands of them.

    path  from the root of the repo, without a leading slash
    oid   sha1 of the blob or tree
    size  bytes; the true size for a large file, 0 for a folder
    mode  git file mode (0o100644, 0o100755, 0o120000, 0o40000)
    """

    path: str
    kind: Literal["file", "directory"]
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
    """Who wrote a commit and when; `at` is now if it is not given."""

    name: str
    email: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit: `title` is its first line, `message` what follows, `date` when it was committed (aware, UTC)."""

    sha: str
    title: str
    message: str
    author: str
    email: str
    date: datetime
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A name for a commit: short `name` (`main`, `parquet`, `1`), full `ref` and the sha of the commit that it ends at."""

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
    """One ref from `old` to `new`; None as `old` creates it, None as `new` deletes it."""

    ref: str
    old: str | None
    new: str | None
