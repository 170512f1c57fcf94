"""Large input files that are kept for further jobs, by their SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

HASH = re.compile(r"[0-9a-f]{64}")


class WrongContent(Exception):
    """A file does not have the SHA-256 that it should have."""


@dataclass(frozen=True, slots=True)
class InputCache:
    """Files named by their SHA-256, of at most `limit_bytes` together. The least recently used go first.

    is_linked  whether jobs get links to the files; where a job could write to its inputs, it gets copies
    """

    folder: Path
    limit_bytes: int
    is_linked: bool

    def has(self, sha256: str, size: int) -> bool:
        try:
            return bool(HASH.fullmatch(sha256)) and self._file(sha256).stat().st_size == size
        except OSError:
            return False

    def take(self, sha256: str, target: Path) -> bool:
        """Put a kept file in the place `target`; return whether that was possible."""
        kept = self._file(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.utime(kept)
            self._copy(kept, target)
        except OSError:
            return False
        return True

    def add(self, source: Path, sha256: str) -> None:
        """Keep a downloaded file, if it fits.

        raises  WrongContent
        """
        if hash_of(source) != sha256:
            raise WrongContent(f"{source.name} is damaged.")
        size = source.stat().st_size
        if size > self.limit_bytes:
            return
        self.evict(size)
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{uuid.uuid4().hex}.partial"
        try:
            self._copy(source, partial)
            os.replace(partial, self._file(sha256))
        except OSError:  # no space: the job matters more than the next one's download
            partial.unlink(missing_ok=True)

    def evict(self, more_bytes: int, *, free_bytes: int = 0) -> None:
        """Remove files until `more_bytes` fit into the limit and the disk has `free_bytes`, if that helps."""
        kept = sorted(self._entries(), key=lambda entry: entry[1].st_mtime)
        total = sum(facts.st_size for _file, facts in kept)
        for file, facts in kept:
            is_short = free_bytes and disk_usage(self.folder).free < free_bytes
            if total + more_bytes <= self.limit_bytes and not is_short:
                return
            file.unlink(missing_ok=True)
            total -= facts.st_size

    def _entries(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        with suppress(OSError):
            for file in self.folder.iterdir():
                with suppress(OSError):
                    found.append((file, file.stat()))
        return found

    def _file(self, sha256: str) -> Path:
        return self.folder / sha256

    def _copy(self, source: Path, target: Path) -> None:
        if self.is_linked:
            os.link(source, target)
        else:
            shutil.copyfile(source, target)


def hash_of(file: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
