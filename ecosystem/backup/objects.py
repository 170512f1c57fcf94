"""Objects in a backup: a list of what the database names, and a pool of their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.core.objects.errors import MissingBytes, WrongBytes
from apps.core.objects.folders import declared_folders, folder_of
from apps.core.objects.migration import copy_object, is_intact
from apps.core.objects.store import ObjectStore
from apps.core.objects.stores import object_store

from .errors import BackupError
from .files import Report, link
from .layout import OBJECTS, BackupFolder
from .manifest import Manifest

HERE, BUCKET, ABSENT = "here", "bucket", "absent"


@dataclass(frozen=True, slots=True)
class Line:
    """An object of a backup.

    place  here, left in the bucket, or absent from the site as well
    """

    key: str
    size: int
    place: str = HERE

    def __str__(self) -> str:
        return f"{self.key}\t{self.size}\t{self.place}\n"


def lines_of(file: Path) -> Iterator[Line]:
    with file.open() as lines:
        for line in lines:
            key, size, place = line.rstrip("\n").split("\t")
            yield Line(key, int(size), place)


def list_objects(folder: Path) -> None:
    """Write down every object that the database names, in the order of their keys."""
    with (folder / OBJECTS).open("w") as out:
        for one in sorted(declared_folders(), key=lambda one: one.name):
            out.writelines(str(Line(key, size)) for key, size in one.referenced())


def copy_objects(
    target: BackupFolder,
    folder: Path,
    manifest: Manifest,
    *,
    leaves_bucket: bool,
    may_link: bool,
    report: Report,
) -> None:
    """Bring the listed objects that the pool lacks into it, each verified as it is copied."""
    counts = manifest.counts
    counts |= {"objects": 0, "object_bytes": 0, "objects_new": 0, "objects_in_bucket": 0}
    source, pool, listed = object_store(), target.object_store, folder / f"{OBJECTS}.new"
    with listed.open("w") as out:
        for line in lines_of(folder / OBJECTS):
            place = _place(source, line, leaves_bucket)
            if place == HERE and not _has(pool, line):
                counts["objects_new"] += 1
                place = HERE if _bring(source, pool, line, may_link=may_link) else ABSENT
            if place == ABSENT:
                manifest.faults.append(f"Object {line.key} is missing or damaged.")
            counts["objects"] += 1
            counts["object_bytes"] += line.size
            counts["objects_in_bucket"] += place == BUCKET
            out.write(str(Line(line.key, line.size, place)))
            report(f"{counts['objects']} objects, {counts['objects_new']} new")
    listed.replace(folder / OBJECTS)
    manifest.has_bucket_objects = counts["objects_in_bucket"] > 0


def _place(source: ObjectStore, line: Line, leaves_bucket: bool) -> str:
    if not leaves_bucket or source.local_path(line.key) is not None:
        return HERE
    return BUCKET if _has(source, line) else ABSENT


def _has(store: ObjectStore, line: Line) -> bool:
    return is_intact(store, line.key, line.size, deep=False)


def _bring(source: ObjectStore, target: ObjectStore, line: Line, *, may_link: bool) -> bool:
    """Link or copy an object; False if the source lacks it, or its bytes do not match its name."""
    if may_link and _link(source, target, line):
        return True
    try:
        copy_object(source, target, line.key, line.size)
    except (MissingBytes, WrongBytes):
        return False
    return True


def _link(source: ObjectStore, target: ObjectStore, line: Line) -> bool:
    keys = [line.key, *(f"{line.key}{ending}" for ending in folder_of(line.key).sidecars)]
    root = getattr(target, "root", None)
    paths = [source.local_path(key) for key in keys]
    if root is None or None in paths or source.size(line.key) != line.size:
        return False
    # sidecars go first: an object without them does not count
    return all(path and link(path, root / key) for path, key in reversed(list(zip(paths, keys, strict=True))))


def restore_objects(
    source: BackupFolder, folder: Path, *, may_link: bool, report: Report
) -> tuple[int, list[str]]:
    """Bring the objects of a backup into the site's store.

    returns  how many there are, and the keys that neither the backup nor the bucket has
    raises   BackupError if an object of the backup is missing or damaged
    """
    pool, target, number, absent = source.object_store, object_store(), 0, []
    for line in lines_of(folder / OBJECTS):
        if not _has(target, line):
            if line.place == HERE and not _restore_one(pool, target, line, may_link):
                raise BackupError(
                    f"The backup is damaged: object {line.key} is missing or not what was written."
                )
            if line.place != HERE:
                absent.append(line.key)
        number += 1
        report(f"{number} objects")
    return number, absent


def _restore_one(pool: ObjectStore, target: ObjectStore, line: Line, may_link: bool) -> bool:
    """Link or copy an object after reading all of it."""
    if may_link and not is_intact(pool, line.key, line.size, deep=True):
        return False
    return _bring(pool, target, line, may_link=may_link)
