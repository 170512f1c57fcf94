"""The interface of object stores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

BLOCK_BYTES = 1 << 20
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object as a store lists it.

    modified_at  when it was written last, in UTC
    """

    key: str
    size: int
    modified_at: datetime


class ObjectWriter(AbstractContextManager["ObjectWriter"]):
    """Writes one object. It is invisible until `commit`.

    Leaving the context without it discards the bytes.
    """

    @abstractmethod
    def write(self, block: bytes) -> None: ...

    def sync(self) -> None:
        """Start writing back, so that `commit` has less to wait for."""

    @abstractmethod
    def truncate(self, size: int) -> None:
        """Discard everything after the first `size` bytes."""

    @abstractmethod
    def commit(self) -> None:
        """Make the object durable, then visible under its key, atomically."""

    def publish(self) -> None:
        """Make the object visible without waiting for the disk.

        Until `ObjectStore.make_durable`, a power cut may remove or truncate it.
        """
        self.commit()


class DirectParts(ABC):
    """Multipart uploads that clients send to the store directly, under a key that is not read before
    verification.

    min_part_bytes  of each part but the last
    """

    min_part_bytes: int

    @abstractmethod
    def begin(self, key: str) -> str:
        """Start an upload and return its id in the store."""

    @abstractmethod
    def address(self, key: str, upload: str, number: int, length: int, seconds: int) -> str:
        """Return a signed URL for part 1, 2, … of exactly `length` bytes, valid for `seconds`."""

    @abstractmethod
    def finish(self, key: str, upload: str, etags: Mapping[int, str]) -> None:
        """Join the parts into one object.

        raises  BadRequest if parts are missing or their etags differ
        """

    @abstractmethod
    def drop(self, key: str, upload: str) -> None:
        """Delete an upload, or the object that it became; absent ones are ignored."""

    @abstractmethod
    def rename(self, key: str, to: str) -> None:
        """Move a finished object to its final key within the store."""


class ObjectStore(ABC):
    """Objects by key, such as `sha256/ab/cd/abcd…`; objects are immutable."""

    @abstractmethod
    def writer(self, key: str) -> ObjectWriter:
        """Return a writer for the object of this key."""

    @abstractmethod
    def make_durable(self, keys: Iterable[str]) -> None:
        """Make published objects durable; objects that already are cost nothing.

        raises  MissingBytes
        """

    @abstractmethod
    def size(self, key: str) -> int | None:
        """Return the size of an object, or None if it is absent."""

    @abstractmethod
    def read(self, key: str, start: int, end: int) -> bytes:
        """Return the bytes in [start, end).

        raises  MissingBytes if the object is absent or shorter
        """

    @abstractmethod
    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes in [start, end) in blocks.

        raises  MissingBytes before the first block if the object is absent
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete an object; absent ones are ignored."""

    @abstractmethod
    def entries(self, folder: str, *, after: str = "") -> Iterator[ObjectEntry]:
        """Yield the objects below a folder such as `parts/7f…`, in the order of their keys.

        after  the last key of the page before; memory stays bounded however many objects follow
        """

    def keys(self, folder: str) -> Iterator[str]:
        """Yield the keys of `entries`."""
        return (entry.key for entry in self.entries(folder))

    def local_path(self, key: str) -> Path | None:
        """Return the local file that holds the object, if there is one."""
        return None

    def download_url(
        self,
        key: str,
        *,
        seconds: int,
        span: tuple[int, int] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> str | None:
        """Return a signed URL that clients can download from, or None if bytes must pass through us.

        span     first and last byte; the URL is valid for these alone
        headers  Content-Type and Content-Disposition of the response
        """
        return None

    def direct_parts(self) -> DirectParts | None:
        """Return how clients upload parts directly, or None if parts must pass through us."""
        return None

    def put(self, key: str, data: bytes) -> None:
        with self.writer(key) as writer:
            writer.write(data)
            writer.commit()

    def sweep(self, *, older_than_seconds: float, folders: Collection[str]) -> int:
        """Delete what dead processes left of unfinished objects; return how many.

        folders  those of the objects, such as `sha256`: a bucket may hold uploads of others
        """
        return 0

    def has(self, key: str) -> bool:
        return self.size(key) is not None
