"""Streams all files of a commit as a tar archive."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import objects_for
from apps.registry.gitstore import CommitInfo, Entry, GitRepo
from apps.registry.repos.models import Repo

BATCH = 200
LINK_MODE = 0o120000


def check_complete(repo: Repo, git: GitRepo, sha: str) -> None:
    """Check that every large file of a commit was uploaded.

    raises  NotFound if one is missing
    """
    for some in _batches(git.tree(sha, recursive=True)):
        wanted = {entry.pointer.oid for entry in some if entry.pointer}
        if wanted - set(objects_for(repo.pk, wanted) if wanted else {}):
            raise NotFound(_("The contents of this file were never uploaded."))


def tar_of(repo: Repo, git: GitRepo, commit: CommitInfo, folder: str) -> Iterator[bytes]:
    """Yield the files of a commit as a tar; large files are read in blocks.

    folder  top-level folder of the archive
    """
    for some in _batches(git.tree(commit.sha, recursive=True)):
        wanted = {entry.pointer.oid for entry in some if entry.pointer}
        held = objects_for(repo.pk, wanted) if wanted else {}
        for entry in some:
            if entry.is_file:
                yield from _member(git, entry, held, commit, folder)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    return iter(lambda: list(islice(entries, BATCH)), [])


def _member(
    git: GitRepo, entry: Entry, held: dict[str, RepoObject], commit: CommitInfo, folder: str
) -> Iterator[bytes]:
    info = tarfile.TarInfo(f"{folder}/{entry.path}")
    info.size, info.mtime, info.mode = entry.size, int(commit.date.timestamp()), entry.mode & 0o777 or 0o644
    if entry.mode == LINK_MODE:
        info.type, info.size, info.linkname = tarfile.SYMTYPE, 0, git.read(entry.oid).decode(errors="replace")
    yield info.tobuf(tarfile.PAX_FORMAT, "utf-8", "replace")
    if info.size:
        yield from (
            ObjectReader(held[entry.pointer.oid]).open_range(0, entry.size)
            if entry.pointer
            else [git.read(entry.oid)]
        )
        yield bytes(-info.size % tarfile.BLOCKSIZE)
