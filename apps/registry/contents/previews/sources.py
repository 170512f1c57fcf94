"""Opens files for range reads, whether they are stored in git or as large objects."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for
from apps.registry.formats.source import Source, source_of_bytes
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.repos.models import Repo


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
