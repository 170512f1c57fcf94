"""Files that are linked or copied, and verified on the way."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from apps.registry.gitstore.backup import Hasher

BLOCK_BYTES = 1 << 20
EVERY_SECONDS = 2.0
Report = Callable[[str], None]


class Progress:
    """Passes on at most one line every two seconds."""

    def __init__(self, write: Report) -> None:
        self.write, self.last = write, time.monotonic()

    def __call__(self, line: str) -> None:
        if time.monotonic() - self.last > EVERY_SECONDS:
            self.last = time.monotonic()
            self.write(line)


def blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def link(source: Path, target: Path) -> bool:
    """Hard-link a file; False where that is impossible, such as on another disk or over another file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return target.samefile(source)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def is_intact(path: Path, hasher: Hasher) -> bool:
    for block in blocks_of(path):
        hasher.feed(block)
    return hasher.is_intact()


def copy(source: Path, target: Path, hasher: Hasher) -> bool:
    """Copy a file; it appears whole, or not at all if its content does not match its hash."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    with draft.open("wb") as file:
        for block in blocks_of(source):
            hasher.feed(block)
            file.write(block)
    if not hasher.is_intact():
        draft.unlink()
        return False
    draft.replace(target)
    return True


def has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def walk_sorted(root: Path, prefix: str = "") -> Iterator[str]:
    """Yield the files below a folder by their relative path, sorted by its parts."""
    for entry in sorted(os.scandir(root), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from walk_sorted(Path(entry.path), f"{name}/")
        else:
            yield name
