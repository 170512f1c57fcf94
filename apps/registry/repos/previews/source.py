"""The bytes of one file of a commit, whoever keeps them, read by range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for
from apps.registry.gitstore import Entry, GitRepo

from ..models import Repo


class Unreadable(Exception):
    """The file is not what its name says, or is above a limit; the message is for the reader of the page."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that never changes.

    key   names its bytes for ever: sha256 of a large file, blob id of a regular one
    read  returns bytes `start` to before `end`, less at the end of the file
    """

    key: str
    size: int
    read: Callable[[int, int], bytes]


def source_of_bytes(key: str, data: bytes) -> Source:
    return Source(key, len(data), lambda start, end: data[start:end])


def source_of(repo: Repo, git: GitRepo, entry: Entry) -> Source:
    """Return the bytes of a file; a regular one is at most 10 MiB and held in memory.

    raises  NotFound if the large object behind a pointer is not in this repository
    """
    if entry.pointer is None:
        return source_of_bytes(entry.oid, git.read(entry.oid))
    held = object_for(repo.pk, entry.pointer.oid, committed=True)
    if held is None:
        raise NotFound(_("The contents of this file were never uploaded."))
    return Source(entry.pointer.oid, held.size, ObjectReader(held).read)
