"""Folders of objects: an app keeps its objects, named by their SHA-256, in a folder of its own."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, ClassVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.core.declaration import declared
from apps.core.deletions import may_delete
from apps.core.errors import TooLarge
from apps.core.text.formatting import size as readable_size
from apps.core.web.spool import spool_folder

from .errors import MissingBytes, WrongBytes
from .pipeline import Sha256Stage
from .store import BLOCK_BYTES, NO_HEADERS, ObjectEntry
from .stores import object_store
from .verifiers import NoVerifier, Sha256Verifier, Verifier

HASH = re.compile(r"[0-9a-f]{64}")
DOWNLOAD_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a row keeps of an object."""

    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Folder(ABC):
    """A folder of the store, which an app declares.

    name      first part of the keys, unique on the site and never changed
    sidecars  endings of the keys of what is derived from an object and stored next to it
    """

    name: str

    sidecars: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def verifier(self, key: str) -> Verifier:
        """Return what checks an object that is copied to another store."""

    def referenced(self) -> Iterator[tuple[str, int]]:
        """Yield key and size of every object that a row refers to, in the order of the keys."""
        return iter(())

    def expected(self) -> Iterator[tuple[str, int]]:
        """Yield key and size of every object that has to be there: those, without what may go."""
        return self.referenced()

    def entries(self, *, after: str = "") -> Iterator[ObjectEntry]:
        """Yield what the store has of this folder, without sidecars, in the order of the keys."""
        for entry in object_store().entries(self.name, after=after):
            if not entry.key.endswith(self.sidecars):
                yield entry


class UploadFolder(Folder):
    """Uploads in progress, under the keys of their parts."""

    def verifier(self, key: str) -> Verifier:
        return NoVerifier()


@dataclass(frozen=True, kw_only=True)
class ObjectFolder(Folder):
    """Objects of one kind, such as `avatars/ab/cd/abcd…`.

    The app counts their sizes for their owners: it checks the quota first, stores with what is left as
    `limit_bytes`, and adds the size of the result.

    rows          returns the rows that refer to objects and have their hash and `size`
    hash_field    of the rows, in hex
    is_collected  whether the site deletes old objects without a row; otherwise the app does
    """

    rows: Callable[[], QuerySet[Any]]
    hash_field: str = "sha256"
    is_collected: bool = True

    def key(self, sha256: str) -> str:
        """raises  ValueError if it is not a hash: it becomes part of a path"""
        if not HASH.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a hash.")
        return f"{self.name}/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def verifier(self, key: str) -> Verifier:
        return Sha256Verifier(key.rpartition("/")[2])

    # writing

    def put(self, blocks: Iterable[bytes], *, limit_bytes: int, sha256: str = "") -> StoredObject:
        """Store a stream under its hash; an object that is there is written again.

        limit_bytes  how much may arrive
        sha256       what the content has to hash to; without it the stream is spooled first
        raises       TooLarge, WrongBytes; nothing is stored then
        """
        if not sha256:
            return self._put_spooled(blocks, limit_bytes)
        count = 0
        with Sha256Stage() as digest, object_store().writer(self.key(sha256)) as writer:
            for block in within(limit_bytes, blocks):
                digest.put(block)
                writer.write(block)
                count += len(block)
            if digest.hexdigest() != sha256:
                raise WrongBytes
            writer.commit()
        return StoredObject(sha256, count)

    def _put_spooled(self, blocks: Iterable[bytes], limit_bytes: int) -> StoredObject:
        with SpooledTemporaryFile(BLOCK_BYTES, dir=str(spool_folder())) as file, Sha256Stage() as digest:
            for block in within(limit_bytes, blocks):
                digest.put(block)
                file.write(block)
            sha256 = digest.hexdigest()
            file.seek(0)
            again = iter(partial(file.read, BLOCK_BYTES), b"")
            return self.put(again, limit_bytes=limit_bytes, sha256=sha256)

    def put_bytes(self, data: bytes) -> StoredObject:
        return self.put([data], limit_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())

    def delete(self, sha256: str) -> None:
        """Delete an object, whoever refers to it; absent ones are ignored."""
        key = self.key(sha256)
        for ending in self.sidecars:
            object_store().delete(f"{key}{ending}")
        object_store().delete(key)

    # reading

    def size(self, sha256: str) -> int | None:
        """Return the size of an object, or None if it is absent."""
        return object_store().size(self.key(sha256))

    def exists(self, sha256: str) -> bool:
        return self.size(sha256) is not None

    def open(self, stored: StoredObject) -> FolderObject:
        """Return an object for reading and serving; nothing is read yet."""
        return FolderObject(self.key(stored.sha256), stored.size)

    def read(self, stored: StoredObject) -> bytes:
        """Return a whole object.

        raises  MissingBytes
        """
        return object_store().read(self.key(stored.sha256), 0, stored.size)

    def referenced(self) -> Iterator[tuple[str, int]]:
        return self._keys_and_sizes(self.rows())

    def _keys_and_sizes(self, rows: QuerySet[Any]) -> Iterator[tuple[str, int]]:
        found = rows.order_by(self.hash_field).values_list(self.hash_field, "size").distinct()
        for sha256, size in found.iterator():
            yield self.key(sha256), size

    # rows and objects

    def used(self, hashes: Collection[str]) -> set[str]:
        """Return those hashes that a row refers to."""
        found = self.rows().filter(**{f"{self.hash_field}__in": hashes})
        return set(found.values_list(self.hash_field, flat=True))

    def keep(self, sha256: str) -> None:
        """Keep an object until the transaction ends, which saves a row that refers to it.

        raises  MissingBytes if it was deleted after it was stored: with the last other row, at that moment
        """
        self._lock(sha256, shared=True)
        if not self.exists(sha256):
            raise MissingBytes(self.key(sha256))

    def release(self, sha256: str) -> None:
        """Delete an object after the commit, unless a row refers to it.

        A failure is logged and leaves the object to `services.collect_orphans`.
        """

        def delete() -> None:
            self.delete_unused(sha256)

        transaction.on_commit(delete, robust=True)

    def delete_unused(self, sha256: str) -> bool:
        """Delete an object unless a row refers to it or a backup runs; return whether it was deleted."""
        with transaction.atomic():
            self._lock(sha256, shared=False)
            if self.used([sha256]) or not may_delete():
                return False
            self.delete(sha256)
        return True

    def _lock(self, sha256: str, *, shared: bool) -> None:
        """Lock an object until the transaction ends: new rows share the lock, a deletion has it alone."""
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [self.key(sha256)])


@dataclass(frozen=True, slots=True)
class FolderObject:
    """An object to read or serve. Implements `serving.ByteSource`."""

    key: str
    size: int

    def open_range(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes in [start, end).

        raises  MissingBytes
        """
        return object_store().stream(self.key, start, end)

    def local_file(self) -> Path | None:
        return object_store().local_path(self.key)

    def download_url(self, *, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        """Return a URL of the bucket, signed for an hour, or None if bytes pass through the site."""
        return object_store().download_url(self.key, seconds=DOWNLOAD_SECONDS, headers=headers)


def within(limit_bytes: int, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks of a stream.

    raises  TooLarge once it is longer than the limit
    """
    count = 0
    for block in blocks:
        count += len(block)
        if count > limit_bytes:
            raise TooLarge(
                _("The file can be at most %(limit)s.") % {"limit": readable_size(limit_bytes)},
                limit_bytes=limit_bytes,
            )
        yield block


def declared_folders() -> tuple[Folder, ...]:
    """Return the folders that the installed apps declare."""
    return tuple(folder for folder in declared().object_folders if isinstance(folder, Folder))


def folder_of(key: str) -> Folder:
    """raises  KeyError if no app declares the folder"""
    return {folder.name: folder for folder in declared_folders()}[key.partition("/")[0]]
