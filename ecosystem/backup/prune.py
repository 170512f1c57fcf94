"""Removing old backups, and what only they needed from the pools."""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from apps.core.objects.folders import declared_folders

from . import objects, repositories
from .files import Report, walk_sorted
from .layout import GIT_FILES, OBJECTS, BackupFolder
from .manifest import NAME


def prune(target: BackupFolder, *, keep: int, report: Report) -> None:
    """Remove all but the newest backups; if any goes, also the files that no remaining one lists."""
    old = target.finished()[:-keep]
    for folder in old:
        # the manifest first: a backup that is half removed is not a finished one
        (folder / NAME).unlink()
        shutil.rmtree(folder)
    if old:
        report("Removing what only older backups needed …")
        _prune_objects(target)
        _prune_repositories(target)


def _prune_objects(target: BackupFolder) -> None:
    lists = [_keys(folder / OBJECTS) for folder in target.finished()]
    kept: Iterator[str] = (key for key, _ in groupby(heapq.merge(*lists)))
    for folder in sorted(declared_folders(), key=lambda folder: folder.name):
        if (target.objects / folder.name).is_dir():
            paths = walk_sorted(target.objects / folder.name, f"{folder.name}/")
            kept = _remove_missing(target.objects, paths, kept, folder.sidecars)


def _keys(file: Path) -> Iterator[str]:
    return (line.key for line in objects.lines_of(file))


def _remove_missing(
    root: Path, paths: Iterable[str], kept: Iterator[str], sidecars: Iterable[str]
) -> Iterator[str]:
    """Remove the files that are not among the kept keys; both are sorted. Returns the keys that are left."""
    key = next(kept, None)
    for path in paths:
        name = next((path.removesuffix(one) for one in sidecars if path.endswith(one)), path)
        while key is not None and key < name:
            key = next(kept, None)
        if key != name:
            (root / path).unlink()
    return iter(()) if key is None else _chain(key, kept)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _prune_repositories(target: BackupFolder) -> None:
    """Remove what no list names, repository by repository; the lists are sorted by id."""
    lists = [repositories.lines_of(folder / GIT_FILES) for folder in target.finished()]
    merged = groupby(heapq.merge(*lists, key=itemgetter("id")), key=itemgetter("id"))
    current = next(merged, None)
    for prefix in sorted(target.repositories.iterdir()):
        for folder in sorted(prefix.iterdir()):
            while current is not None and current[0] < folder.name:
                current = next(merged, None)
            if current is None or current[0] != folder.name:
                shutil.rmtree(folder)
                continue
            names = {name for line in current[1] for name, _ in line["files"]}
            for path in list(walk_sorted(folder)):
                if path not in names:
                    (folder / path).unlink()
