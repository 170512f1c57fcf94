"""Repositories as plain files, to be kept elsewhere: refs as text, objects by name, each file verifiable."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .repo import GitRepo

BLOCK_BYTES, TRAILER_BYTES = 1 << 20, 20
PACK = re.compile(r"pack-[0-9a-f]{40}\.idx")
LOOSE_FOLDER, LOOSE_FILE = re.compile(r"[0-9a-f]{2}"), re.compile(r"[0-9a-f]{38}")
BRANCHES = "refs/heads/"


class Hasher(Protocol):
    """What checks a file against the hash in its name or at its end."""

    def feed(self, block: bytes) -> None: ...

    def is_intact(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class RefsSnapshot:
    """All refs of a repository at one moment.

    head  name of the default branch
    refs  full name -> sha
    """

    head: str
    refs: Mapping[str, str]


def refs_snapshot(git: GitRepo) -> RefsSnapshot:
    """Return all refs that point to objects."""
    direct = (ref for ref in git.git.references.objects if not isinstance(ref.target, str))
    refs = {ref.name: str(ref.target) for ref in direct}
    return RefsSnapshot(git.default_branch, dict(sorted(refs.items())))


def object_files(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield name and size of the files that hold a repository's objects, sorted by name.

    Names are relative to `objects`. A pack counts once its index is there; use it inside `without_packing`.
    """
    objects = folder / "objects"
    for name in sorted(name for name in os.listdir(objects) if LOOSE_FOLDER.fullmatch(name)):
        for file in sorted(os.listdir(objects / name)):
            if LOOSE_FILE.fullmatch(file):
                yield f"{name}/{file}", (objects / name / file).stat().st_size
    packs = objects / "pack"
    for index in sorted(name for name in os.listdir(packs) if PACK.fullmatch(name)):
        for name in (index, f"{index.removesuffix('.idx')}.pack"):
            yield f"pack/{name}", (packs / name).stat().st_size


def hasher_for(name: str) -> Hasher:
    """Return the hasher of a file that `object_files` named."""
    return _Trailer() if name.startswith("pack/") else _Loose(name.replace("/", ""))


class _Trailer:
    """Packs and indexes end with the SHA-1 of everything before."""

    def __init__(self) -> None:
        self.digest, self.tail = hashlib.sha1(usedforsecurity=False), b""

    def feed(self, block: bytes) -> None:
        data = self.tail + block
        self.digest.update(data[:-TRAILER_BYTES])
        self.tail = data[-TRAILER_BYTES:]

    def is_intact(self) -> bool:
        return self.digest.digest() == self.tail


class _Loose:
    """A loose object is named by the SHA-1 of its contents, which are stored compressed."""

    def __init__(self, sha: str) -> None:
        self.sha, self.digest = sha, hashlib.sha1(usedforsecurity=False)
        self.unzip, self.is_broken = zlib.decompressobj(), False

    def feed(self, block: bytes) -> None:
        while block and not self.is_broken:
            try:
                self.digest.update(self.unzip.decompress(block, BLOCK_BYTES))
            except zlib.error:
                self.is_broken = True
            block = self.unzip.unconsumed_tail

    def is_intact(self) -> bool:
        if not self.is_broken:
            self.digest.update(self.unzip.flush())
        return not self.is_broken and self.unzip.eof and self.digest.hexdigest() == self.sha


def rebuild(
    git: GitRepo, snapshot: RefsSnapshot, files: Iterable[str], fetch: Callable[[str, Path], None]
) -> None:
    """Fill an empty repository with the files and refs of another.

    fetch  called with the name of each file and its path here
    """
    for name in files:
        target = git.folder / "objects" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        fetch(name, target)
    lines = "".join(f"{sha} {name}\n" for name, sha in sorted(snapshot.refs.items()))
    _write(git.folder / "packed-refs", lines)
    _write(git.folder / "HEAD", f"ref: {BRANCHES}{snapshot.head}\n")


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text)
    draft.replace(path)
