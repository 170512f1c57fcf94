"""Objects as files below one folder: written to a temporary file, made durable, then renamed into place."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from apps.core.disk_space import check_free_space

from .errors import MissingBytes
from .store import BLOCK_BYTES, ObjectEntry, ObjectStore, ObjectWriter

INCOMING = "incoming"
WRITE_BACK_BYTES = 64 << 20
# writes back early, so that little is left to sync at the end
_writer = ThreadPoolExecutor(1, thread_name_prefix="write-back")
_done: Future[None] = Future()
_done.set_result(None)


def _sync(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_back(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


class LocalWriter(ObjectWriter):
    """A temporary file on the file system of its target, so that the rename is atomic."""

    def __init__(self, root: Path, target: Path) -> None:
        self.target = target
        self.path = root / INCOMING / secrets.token_hex(16)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file: BinaryIO = open(self.path, "xb", buffering=0)  # noqa: SIM115
        self.unsynced, self.write_back = 0, _done

    def write(self, block: bytes) -> None:
        view = memoryview(block)
        while view:
            view = view[self.file.write(view) :]
        self.unsynced += len(block)
        if self.unsynced >= WRITE_BACK_BYTES and self.write_back.done():
            self.unsynced, self.write_back = 0, _writer.submit(_write_back, os.dup(self.file.fileno()))

    def sync(self) -> None:
        os.fsync(self.file.fileno())

    def truncate(self, size: int) -> None:
        if size != self.file.tell():
            self.file.truncate(size)

    def commit(self) -> None:
        self.sync()
        is_new = not self.target.parent.exists()
        self._rename()
        _sync(*([self.target.parent.parent] if is_new else []), self.target.parent)

    def publish(self) -> None:
        self._rename()
        _writer.submit(_sync, self.target)

    def _rename(self) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self.path, self.target)

    def __exit__(self, *error: Any) -> None:
        self.file.close()
        self.path.unlink(missing_ok=True)


def _walk(folder: Path, prefix: str, after: str) -> Iterator[ObjectEntry]:
    """Yield the files below a folder in the order of their keys, without those up to `after`."""
    for name in _names(folder):
        key = f"{prefix}{name}"
        if name.endswith("/"):
            if key > after or after.startswith(key):
                yield from _walk(folder / name, key, after)
        elif key > after:
            with suppress(FileNotFoundError):
                facts = (folder / name).stat()
                yield ObjectEntry(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def _names(folder: Path) -> list[str]:
    """Return the names in a folder as they sort in keys; those of folders end with a slash."""
    try:
        with os.scandir(folder) as children:
            return sorted(f"{child.name}/" if child.is_dir() else child.name for child in children)
    except FileNotFoundError:
        return []


class LocalStore(ObjectStore):
    """A folder of objects, two levels deep by the first digits of their hashes."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def _path(self, key: str) -> Path:
        return self.root / key

    def writer(self, key: str) -> LocalWriter:
        check_free_space(self.root)
        return LocalWriter(self.root, self._path(key))

    def make_durable(self, keys: Iterable[str]) -> None:
        folders: set[Path] = set()
        for path in map(self._path, keys):
            try:
                _sync(path)
            except FileNotFoundError:
                raise MissingBytes(str(path.relative_to(self.root))) from None
            folders.update((path.parent, path.parent.parent))
        _sync(*folders)

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def _open(self, key: str) -> BinaryIO:
        try:
            return open(self._path(key), "rb", buffering=0)
        except FileNotFoundError:
            raise MissingBytes(key) from None

    def read(self, key: str, start: int, end: int) -> bytes:
        with self._open(key) as file:
            data = os.pread(file.fileno(), end - start, start)
        if len(data) != end - start:
            raise MissingBytes(key)
        return data

    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        return self._blocks(key, self._open(key), start, end)

    def _blocks(self, key: str, file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
        with file:
            while start < end:
                block = os.pread(file.fileno(), min(BLOCK_BYTES, end - start), start)
                if not block:
                    raise MissingBytes(key)
                start += len(block)
                yield block

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def entries(self, folder: str, *, after: str = "") -> Iterator[ObjectEntry]:
        return _walk(self._path(folder), f"{folder}/", after)

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        return path if path.exists() else None

    def sweep(self, *, older_than_seconds: float, folders: Collection[str]) -> int:
        limit, count = time.time() - older_than_seconds, 0
        for path in (self.root / INCOMING).glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    count += 1
        return count
