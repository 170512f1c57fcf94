"""Reading the bytes behind a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from apps.core.objects.store import NO_HEADERS
from apps.core.objects.stores import object_store

from .contents import blob_blocks, file_blocks
from .keys import blob_key, index_key, xorb_key
from .models import RepoObject, Source, Xorb
from .xet.xorb import index_bytes

DOWNLOAD_SECONDS = 3600
# each of many downloads holds this many chunks (of about 64 KiB) three times: stored, unpacked, in flight
STREAMED_CHUNKS = 1


@dataclass(frozen=True, slots=True)
class ObjectReader:
    """The bytes of a repository's large object. Implements `core.objects.serving.ByteSource`."""

    row: RepoObject

    @property
    def size(self) -> int:
        return self.row.size

    def open_range(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes in [start, end).

        raises  MissingBytes
        """
        if self.row.source == Source.LFS:
            return blob_blocks(self.row.sha256, start, end)
        assert self.row.file is not None
        return file_blocks(self.row.file.terms, start, end, run=STREAMED_CHUNKS)

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes in [start, end), fewer at the end of the object.

        raises  MissingBytes
        """
        end = min(end, self.size)
        return b"".join(self.open_range(start, end)) if start < end else b""

    def download_url(self, *, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        """Return a signed bucket URL, valid for an hour, if the object is stored there in one piece."""
        if self.row.source != Source.LFS or not self.size:
            return None
        key = blob_key(self.row.sha256)
        return object_store().download_url(key, seconds=DOWNLOAD_SECONDS, headers=headers)

    def local_file(self) -> Path | None:
        """Return the local file that holds exactly this object, if there is one."""
        return object_store().local_path(blob_key(self.row.sha256)) if self.row.source == Source.LFS else None


def is_complete(xorb: Xorb) -> bool:
    """Return whether the stored body and index have the recorded lengths.

    A power cut may remove or shorten a xorb that no shard has named yet.
    """
    store = object_store()
    return store.size(xorb_key(xorb.hash)) == xorb.size and store.size(index_key(xorb.hash)) == index_bytes(
        xorb.chunk_count
    )
