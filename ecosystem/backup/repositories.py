"""Git repositories in a backup: refs of the moment, and the files that hold their objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.registry.gitstore import RepositoryMissing
from apps.registry.gitstore.backup import RefsSnapshot, hasher_for, object_files, rebuild, refs_snapshot
from apps.registry.gitstore.packing import without_packing
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_store

from .errors import BackupError
from .files import Report, copy, has_size, is_intact, link
from .layout import GIT_FILES, REFS, BackupFolder
from .manifest import Manifest


def _ids() -> Iterator[UUID]:
    return Repo.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000)


def warm_refs() -> None:
    """Read all refs once, so that they are in memory while commits wait for the second reading."""
    for repo_id in _ids():
        try:
            refs_snapshot(git_store().open(repo_id))
        except RepositoryMissing:
            continue


def write_refs(folder: Path, manifest: Manifest) -> None:
    """Write a line with the refs of each repository."""
    counts = manifest.counts
    counts["repositories"] = counts["refs"] = 0
    with (folder / REFS).open("w") as out:
        for repo_id in _ids():
            try:
                found = refs_snapshot(git_store().open(repo_id))
            except RepositoryMissing:
                manifest.faults.append(f"The files of repository {repo_id} are missing.")
                continue
            line = {"id": str(repo_id), "head": found.head, "refs": dict(found.refs)}
            out.write(json.dumps(line) + "\n")
            counts["repositories"] += 1
            counts["refs"] += len(found.refs)


def lines_of(file: Path) -> Iterator[dict[str, Any]]:
    with file.open() as lines:
        for line in lines:
            yield json.loads(line)


def copy_repositories(
    target: BackupFolder, folder: Path, manifest: Manifest, *, may_link: bool, report: Report
) -> None:
    """Bring the files of each repository that has refs in this backup into the pool, and list them."""
    counts = manifest.counts
    counts["git_files"] = counts["git_bytes"] = counts["git_files_new"] = 0
    with (folder / GIT_FILES).open("w") as out:
        for number, line in enumerate(lines_of(folder / REFS), 1):
            repo_id = str(line["id"])
            source = git_store().folder(repo_id)
            with without_packing(source):
                files = list(object_files(source))
                for name, size in files:
                    kept = target.git_folder(repo_id) / name
                    if has_size(kept, size):
                        continue
                    counts["git_files_new"] += 1
                    if not _bring(source / "objects" / name, kept, name, may_link=may_link):
                        manifest.faults.append(f"Repository {repo_id}: objects/{name} is damaged.")
            out.write(json.dumps({"id": repo_id, "files": files}) + "\n")
            counts["git_files"] += len(files)
            counts["git_bytes"] += sum(size for _, size in files)
            report(f"{number} of {counts['repositories']} repositories")


def _bring(source: Path, target: Path, name: str, *, may_link: bool) -> bool:
    return (may_link and link(source, target)) or copy(source, target, hasher_for(name))


def restore_repositories(source: BackupFolder, folder: Path, *, may_link: bool, report: Report) -> int:
    """Build the repositories of a backup; returns how many.

    raises  BackupError if a file is missing or damaged
    """
    number = 0
    for refs, files in zip_longest(lines_of(folder / REFS), lines_of(folder / GIT_FILES)):
        if refs is None or files is None or refs["id"] != files["id"]:
            raise BackupError("The backup is damaged: its lists of repositories differ.")
        _restore_one(source, refs, files, may_link=may_link)
        number += 1
        report(f"{number} repositories")
    return number


def _restore_one(
    source: BackupFolder, refs: dict[str, Any], files: dict[str, Any], *, may_link: bool
) -> None:
    repo_id = str(refs["id"])
    snapshot = RefsSnapshot(str(refs["head"]), refs["refs"])
    sizes: dict[str, int] = dict(files["files"])

    def fetch(name: str, target: Path) -> None:
        kept = source.git_folder(repo_id) / name
        if has_size(target, sizes[name]):
            return
        is_whole = has_size(kept, sizes[name]) and (not may_link or is_intact(kept, hasher_for(name)))
        if not is_whole or not _bring(kept, target, name, may_link=may_link):
            raise BackupError(f"The backup is damaged: {kept} is missing or not what was written.")

    rebuild(git_store().create(repo_id, snapshot.head), snapshot, sizes, fetch)
