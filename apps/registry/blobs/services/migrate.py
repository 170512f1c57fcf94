"""Moving large objects between stores, verified in transit, and checking the contents of a store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from apps.core.objects.errors import MissingBytes, WrongBytes
from apps.core.objects.store import ObjectStore

from ..keys import FOLDERS, blob_key, index_key, xorb_key
from ..models import StoredBlob, Xorb
from ..xet.errors import MalformedXorb
from ..xet.hashes import to_text
from ..xet.xorb import XorbIndex, XorbReader

INDEX = ".index"
Report = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What a run did.

    present  objects that were there already, or are intact
    broken   keys of missing or corrupt objects
    """

    copied: int = 0
    copied_bytes: int = 0
    present: int = 0
    removed: int = 0
    broken: list[str] = field(default_factory=list)


def migrate_objects(
    source: ObjectStore, target: ObjectStore, *, remove: bool = False, report: Report = lambda line: None
) -> Outcome:
    """Copy every object that the target lacks.

    May be killed and run again: an object is copied whole or not at all.

    remove  delete each object from the source once the target has it
    """
    done = Outcome()
    for folder in FOLDERS:
        for key in source.keys(folder):
            if not key.endswith(INDEX):
                _migrate(source, target, key, done)
                if remove and key not in done.broken:
                    _remove(source, key)
                    done.removed += 1
                report(
                    f"{done.copied} copied ({done.copied_bytes >> 20} MiB), "
                    f"{done.present} already there, {len(done.broken)} broken"
                )
    return done


def _migrate(source: ObjectStore, target: ObjectStore, key: str, done: Outcome) -> None:
    size = source.size(key)
    if size is None:
        return
    if target.size(key) == size and (not key.startswith("xorbs/") or target.has(f"{key}{INDEX}")):
        done.present += 1
        return
    try:
        copy_object(source, target, key, size)
    except (WrongBytes, MalformedXorb, MissingBytes):
        done.broken.append(key)
        return
    done.copied += 1
    done.copied_bytes += size


def copy_object(source: ObjectStore, target: ObjectStore, key: str, size: int) -> None:
    """Copy an object and verify it before it becomes visible in the target.

    raises  WrongBytes, MalformedXorb, MissingBytes
    """
    verifier = verifier_for(key)
    with target.writer(key) as writer:
        for block in source.stream(key, 0, size):
            verifier.feed(block)
            writer.write(block)
        index = verifier.finish()
        if index is not None:
            target.put(f"{key}{INDEX}", index.to_bytes())
        writer.commit()
    if target.size(key) != size:
        raise MissingBytes(key)


def _remove(source: ObjectStore, key: str) -> None:
    source.delete(f"{key}{INDEX}") if key.startswith("xorbs/") else None
    source.delete(key)


class PartVerifier:
    """Checks nothing: a part is verified when the parts are joined."""

    def feed(self, block: bytes) -> None: ...

    def finish(self) -> XorbIndex | None:
        return None


class BlobVerifier:
    """Checks the SHA-256 of a blob against its key."""

    def __init__(self, sha256: str) -> None:
        self.sha256, self.digest = sha256, hashlib.sha256()

    def feed(self, block: bytes) -> None:
        self.digest.update(block)

    def finish(self) -> XorbIndex | None:
        if self.digest.hexdigest() != self.sha256:
            raise WrongBytes
        return None


class XorbVerifier:
    """Checks the hash of a xorb's chunks against its key, and rebuilds its index."""

    def __init__(self, hash: str) -> None:
        self.hash, self.reader = hash, XorbReader()

    def feed(self, block: bytes) -> None:
        self.reader.feed(block)

    def finish(self) -> XorbIndex | None:
        found, index = self.reader.finish()
        if to_text(found) != self.hash:
            raise WrongBytes
        return index


def verifier_for(key: str) -> PartVerifier | BlobVerifier | XorbVerifier:
    name = key.rpartition("/")[2]
    if key.startswith("xorbs/"):
        return XorbVerifier(name)
    return BlobVerifier(name) if key.startswith("sha256/") else PartVerifier()


def check_objects(store: ObjectStore, *, deep: bool, report: Report = lambda line: None) -> Outcome:
    """Check that every object with a row is stored intact.

    deep  read and hash all bytes; otherwise only sizes are compared
    """
    done = Outcome()
    for key, size in _expected_objects():
        if is_intact(store, key, size, deep=deep):
            done.present += 1
        else:
            done.broken.append(key)
        report(f"{done.present} intact, {len(done.broken)} broken")
    return done


def _expected_objects() -> Iterator[tuple[str, int]]:
    """Yield key and size of every object that is not marked for deletion."""
    for sha256, size in (
        StoredBlob.objects.filter(marked_for_deletion_at=None)
        .order_by("pk")
        .values_list("sha256", "size")
        .iterator()
    ):
        yield blob_key(sha256), size
    for hash, size in (
        Xorb.objects.filter(marked_for_deletion_at=None).order_by("pk").values_list("hash", "size").iterator()
    ):
        yield xorb_key(hash), size


def is_intact(store: ObjectStore, key: str, size: int, *, deep: bool) -> bool:
    """Return whether an object is stored with its size and, if `deep`, with the bytes of its name."""
    if store.size(key) != size or (key.startswith("xorbs/") and not store.has(f"{key}{INDEX}")):
        return False
    if not deep:
        return True
    verifier = verifier_for(key)
    try:
        for block in store.stream(key, 0, size):
            verifier.feed(block)
        index = verifier.finish()
    except (WrongBytes, MalformedXorb, MissingBytes):
        return False
    if index is None:
        return True
    plain, stored = index.to_bytes(), index_key(key.rpartition("/")[2])
    return store.size(stored) == len(plain) and store.read(stored, 0, len(plain)) == plain
