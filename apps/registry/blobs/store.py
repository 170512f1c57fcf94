"""Where bytes are kept: one interface, a local folder or an S3 bucket behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

BLOCK_BYTES = 1 << 20
NO_HEADERS: Mapping[str, str] = {}


class ObjectWriter(AbstractContextManager["ObjectWriter"]):
    """Bytes on their way in. Nobody can read them before `keep`; leaving without it throws them away."""

    @abstractmethod
    def write(self, block: bytes) -> None: ...

    def sync(self) -> None:
        """Send what was written on to the disk already, so that `keep` has less to wait for."""

    @abstractmethod
    def truncate(self, size: int) -> None:
        """Forget what was written after the first `size` bytes."""

    @abstractmethod
    def commit(self) -> None:
        """Make the bytes durable and then visible under their key, at once or not at all."""

    def publish(self) -> None:
        """Make the bytes visible under their key; until `ObjectStore.secure` a power cut may take or shorten them."""
        self.commit()


class DirectParts(ABC):
    """Uploads in parts that clients send to the store itself, under a key that nobody reads before it was looked at.

    least_bytes  of each part but the last
    """

    min_part_bytes: int

    @abstractmethod
    def begin(self, key: str) -> str:
        """Open an upload and return its name in the store."""

    @abstractmethod
    def address(self, key: str, upload: str, number: int, length: int, seconds: int) -> str:
        """Return where a client may put part 1, 2, … of exactly so many bytes, for so long."""

    @abstractmethod
    def finish(self, key: str, upload: str, etags: Mapping[int, str]) -> None:
        """Make one object of the parts.

        raises  BadRequest if some are missing or are others
        """

    @abstractmethod
    def drop(self, key: str, upload: str) -> None:
        """Forget an upload, or the object that it became; absent ones are fine."""

    @abstractmethod
    def rename(self, key: str, to: str) -> None:
        """Give a finished object its key for good, within the store."""


class ObjectStore(ABC):
    """Objects by key, such as `sha256/ab/cd/abcd…`; an object never changes once it is there."""

    @abstractmethod
    def writer(self, key: str) -> ObjectWriter:
        """Return a place to write an object of this key to."""

    @abstractmethod
    def make_durable(self, keys: Iterable[str]) -> None:
        """Make durable what was placed; what was kept or secured before costs nothing.

        raises  MissingBytes
        """

    @abstractmethod
    def size(self, key: str) -> int | None:
        """Return an object's bytes, or None if it is not there."""

    @abstractmethod
    def read(self, key: str, start: int, end: int) -> bytes:
        """Return bytes `start` to before `end`.

        raises  MissingBytes if the object is not there or shorter
        """

    @abstractmethod
    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yield bytes `start` to before `end` in blocks.

        raises  MissingBytes before the first block if the object is not there
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; absent ones are fine."""

    @abstractmethod
    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a folder, such as `parts/7f…`, in no order."""

    def local_path(self, key: str) -> Path | None:
        """Return the file that holds the object, if it is a file of this machine."""
        return None

    def download_url(
        self,
        key: str,
        *,
        seconds: int,
        span: tuple[int, int] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> str | None:
        """Return an address where a client may fetch the object itself, or None if bytes must pass through us.

        span     first and last byte, the only ones that the address is good for
        headers  Content-Type and Content-Disposition that it answers with
        """
        return None

    def direct_parts(self) -> DirectParts | None:
        """Return how clients send parts to the store itself, or None if these must pass through us."""
        return None

    def put(self, key: str, data: bytes) -> None:
        with self.writer(key) as writer:
            writer.write(data)
            writer.commit()

    def sweep(self, *, older_than_seconds: float) -> int:
        """Remove what uploads left aside when their process died; return how many files."""
        return 0

    def has(self, key: str) -> bool:
        return self.size(key) is not None


def blob_key(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def xorb_key(hash: str) -> str:
    return f"xorbs/{hash[:2]}/{hash[2:4]}/{hash}"


def index_key(hash: str) -> str:
    return f"{xorb_key(hash)}.index"


def whole_key(upload_id: object) -> str:
    """Where an upload stands that clients sent to the store itself, until it was looked at."""
    return f"parts/{upload_id}/whole"


def part_key(upload_id: object, number: int) -> str:
    return f"parts/{upload_id}/{number:05d}"
