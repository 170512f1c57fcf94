"""Range reads of a file, whether it is stored in git or as a large object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.repos.models import Repo


class Unreadable(Exception):
    """The file does not have the format of its extension or exceeds a limit; the message is shown."""


@dataclass(frozen=True, slots=True)
class Source:
    """An immutable file.

    key   sha256 of a large file, blob id of a regular one
    read  returns the bytes from `start` up to `end`, fewer at the end of the file
    """

    key: str
    size: int
    read: Callable[[int, int], bytes]


def source_of_bytes(key: str, data: bytes) -> Source:
    return Source(key, len(data), lambda start, end: data[start:end])


def source_of(repo: Repo, git: GitRepo, entry: Entry) -> Source:
    """Return the source of a file; a regular file (at most 10 MiB) is read into memory.

    raises  NotFound if the large object of a pointer is not in this repository
    """
    if entry.pointer is None:
        return source_of_bytes(entry.oid, git.read(entry.oid))
    held = object_for(repo.pk, entry.pointer.oid, committed=True)
    if held is None:
        raise NotFound(_("The contents of this file were never uploaded."))
    return Source(entry.pointer.oid, held.size, ObjectReader(held).read)
