"""Large objects in commits: found, checked and linked before a ref moves."""

from __future__ import annotations

from collections.abc import Iterable

from apps.registry.gitstore import AddFile, AddLarge, Change
from apps.registry.gitstore.pointers import POINTER_LIMIT_BYTES, parse_pointer

from ..errors import CommitRefused
from ..models import Repo
from .checks import WEIGHTS, bytes_of, check_weights


def object_for(key, sha256):  # type: ignore[no-untyped-def]
    from apps.registry.blobs.selectors import object_for as found

    return found(key, sha256)


def head_bytes(key, sha256, start, end):  # type: ignore[no-untyped-def]
    from apps.registry.blobs.selectors import head_bytes as read

    return read(key, sha256, start, end)


def link_objects(key, pairs):  # type: ignore[no-untyped-def]
    from apps.registry.blobs.services import link_objects as link

    return link(key, pairs)


def as_large(change: Change) -> Change:
    """Return a regular file that is the text of a pointer as what it stands for."""
    if isinstance(change, AddFile) and 100 < change.size <= POINTER_LIMIT_BYTES:
        pointer = parse_pointer(bytes_of(change))
        if pointer:
            return AddLarge(change.path, pointer.oid, pointer.size)
    return change


def with_size(repo: Repo, change: Change) -> Change:
    """Return the change with the size of the object that was uploaded to this repository.

    raises  CommitRefused if it was not uploaded, or has another size than is said
    """
    if not isinstance(change, AddLarge):
        return change
    return AddLarge(change.path, change.sha256, uploaded_size(repo, change.path, change.sha256, change.size))


def uploaded_size(repo: Repo, path: str, sha256: str, size: int | None) -> int:
    """Return the bytes of an object of this repository (raises as with_size)."""
    found = object_for(repo.pk, sha256)
    if found is None:
        raise CommitRefused(f"The large file {path} was not uploaded: {sha256}.", path=path, oid=sha256)
    if size is not None and size != found.size:
        raise CommitRefused(f"The large file {path} has {found.size} bytes, not {size}.", path=path, oid=sha256)
    return found.size


def check_large(repo: Repo, path: str, sha256: str, size: int) -> None:
    """Look into the header of large weights.

    raises  CommitRefused
    """
    if path.endswith(WEIGHTS):
        check_weights(path, lambda start, end: head_bytes(repo.pk, sha256, start, end), size, sha256)


def link_large(repo: Repo, objects: Iterable[tuple[str, int]]) -> None:
    """Mark objects (sha256, bytes) as part of the repository's history, before any ref leads to them."""
    pairs = sorted(set(objects))
    if pairs:
        link_objects(repo.pk, pairs)
