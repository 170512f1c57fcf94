"""Moving objects between stores, verified on the way, and checking what a store has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .errors import MissingBytes, WrongBytes
from .folders import Folder, folder_of
from .store import ObjectStore

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
    folders: Iterable[Folder],
    source: ObjectStore,
    target: ObjectStore,
    *,
    remove: bool = False,
    report: Report = lambda line: None,
) -> Outcome:
    """Copy every object that the target lacks.

    May be killed and run again: an object is copied whole or not at all.

    remove  delete each object from the source once the target has it
    """
    done = Outcome()
    for folder in folders:
        for key in source.keys(folder.name):
            if key.endswith(folder.sidecars):
                continue
            _migrate(source, target, key, done)
            if remove and key not in done.broken:
                for name in (*(f"{key}{ending}" for ending in folder.sidecars), key):
                    source.delete(name)
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
    if is_intact(target, key, size):
        done.present += 1
        return
    try:
        copy_object(source, target, key, size)
    except (WrongBytes, MissingBytes):
        done.broken.append(key)
        return
    done.copied += 1
    done.copied_bytes += size


def copy_object(source: ObjectStore, target: ObjectStore, key: str, size: int) -> None:
    """Copy an object and verify it before it becomes visible in the target.

    raises  WrongBytes, MissingBytes
    """
    verifier = folder_of(key).verifier(key)
    with target.writer(key) as writer:
        for block in source.stream(key, 0, size):
            verifier.feed(block)
            writer.write(block)
        for ending, data in verifier.finish().items():
            target.put(f"{key}{ending}", data)
        writer.commit()
    if target.size(key) != size:
        raise MissingBytes(key)


def check_objects(
    folders: Iterable[Folder],
    store: ObjectStore,
    *,
    deep: bool,
    report: Report = lambda line: None,
) -> Outcome:
    """Check that every object with a row is stored intact.

    deep  read and hash all bytes; otherwise only sizes are compared
    """
    done = Outcome()
    for folder in folders:
        for key, size in folder.expected():
            if is_intact(store, key, size, deep=deep):
                done.present += 1
            else:
                done.broken.append(key)
            report(f"{done.present} intact, {len(done.broken)} broken")
    return done


def is_intact(store: ObjectStore, key: str, size: int, *, deep: bool = False) -> bool:
    """Return whether a store has an object and its sidecars.

    deep  read and hash all bytes; otherwise only the size is compared
    """
    folder = folder_of(key)
    if store.size(key) != size or not all(store.has(f"{key}{ending}") for ending in folder.sidecars):
        return False
    return not deep or _has_right_bytes(store, key, size)


def _has_right_bytes(store: ObjectStore, key: str, size: int) -> bool:
    verifier = folder_of(key).verifier(key)
    try:
        for block in store.stream(key, 0, size):
            verifier.feed(block)
        sidecars = verifier.finish()
    except (WrongBytes, MissingBytes):
        return False
    return all(_has_content(store, f"{key}{ending}", data) for ending, data in sidecars.items())


def _has_content(store: ObjectStore, key: str, data: bytes) -> bool:
    return store.size(key) == len(data) and store.read(key, 0, len(data)) == data
