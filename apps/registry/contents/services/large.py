"""Large files in commits: checked and linked before a ref moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.selectors import head_bytes, objects_for
from apps.registry.blobs.services import link_objects
from apps.registry.formats.safetensors import ReadRange
from apps.registry.gitstore import AddFile, AddLarge, Change
from apps.registry.gitstore.pointers import POINTER_LIMIT_BYTES, parse_pointer
from apps.registry.repos.models import Repo

from ..errors import CommitRefused
from .checks import WEIGHTS, bytes_of, read_weights
from .warnings import Warnings


def render_pointer(change: Change) -> Change:
    """Return the large file for a regular file that is an LFS pointer, other changes unchanged."""
    if isinstance(change, AddFile) and 100 < change.size <= POINTER_LIMIT_BYTES:
        pointer = parse_pointer(bytes_of(change))
        if pointer:
            return AddLarge(change.path, pointer.oid, pointer.size)
    return change


def with_sizes(repo: Repo, changes: Sequence[Change]) -> list[Change]:
    """Return the changes with the sizes of their large files filled in.

    raises  CommitRefused if a large file was not uploaded to this repository, or has a different size
    """
    objects = objects_for(repo.pk, {change.sha256 for change in changes if isinstance(change, AddLarge)})
    return [
        AddLarge(change.path, change.sha256, uploaded_size(objects, change.path, change.sha256, change.size))
        if isinstance(change, AddLarge)
        else change
        for change in changes
    ]


def uploaded_size(objects: Mapping[str, RepoObject], path: str, sha256: str, size: int | None) -> int:
    """Return the size in bytes of an uploaded object (raises as with_sizes)."""
    found = objects.get(sha256)
    if found is None:
        message = _("The large file %(path)s was not uploaded: %(sha256)s.") % {
            "path": path,
            "sha256": sha256,
        }
        raise CommitRefused(message, path=path, oid=sha256)
    if size is not None and size != found.size:
        message = _("The large file %(path)s has %(size)s bytes, not %(said)s.") % {
            "path": path,
            "size": found.size,
            "said": size,
        }
        raise CommitRefused(message, path=path, oid=sha256)
    return found.size


def check_large(repo: Repo, path: str, sha256: str, size: int, warnings: Warnings) -> None:
    """Check the header of a large safetensors file (raises CommitRefused)."""
    if path.endswith(WEIGHTS):
        warnings.add_weights(path, read_weights(path, large_reader(repo, sha256), size, sha256))


def large_reader(repo: Repo, sha256: str) -> ReadRange:
    """Return a range reader of a large object."""
    return lambda start, end: head_bytes(repo.pk, sha256, start, end)


def link_large(repo: Repo, objects: Iterable[tuple[str, int]]) -> None:
    """Mark objects (sha256, bytes) as committed, before any ref reaches them."""
    pairs = sorted(set(objects))
    if pairs:
        with transaction.atomic():
            link_objects(repo.pk, pairs)
