"""Linking large objects to repositories."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.business.usage.services import drop_item, grow_item

from ..errors import MissingObject, SizeMismatch
from ..models import STORED_SOURCE, MultipartUpload, RepoObject, RepoXorb, Source, StoredBlob
from .counting import lock_count
from .upload_context import UploadContext

TOUCH_EVERY = timedelta(hours=1)


def link_objects(repo_key: UUID, objects: Iterable[tuple[str, int | None]]) -> dict[str, int]:
    """Mark large objects as committed; call it inside the commit's transaction.

    objects  (sha256, size or None if the commit does not state it)
    returns  sha256 -> size in bytes
    raises   MissingObject if one was not uploaded to this repository, SizeMismatch
    """
    wanted = dict(objects)
    rows = (
        RepoObject.objects.select_for_update()
        .order_by("sha256")
        .filter(repo_key=repo_key, sha256__in=list(wanted))
    )
    sizes = {row.sha256: row.size for row in rows}
    for sha256, size in wanted.items():
        if sha256 not in sizes:
            raise MissingObject(
                f"The large file {sha256} was not uploaded to this repository.", sha256=sha256
            )
        if size is not None and size != sizes[sha256]:
            raise SizeMismatch(
                f"The large file {sha256} has {sizes[sha256]} bytes, not {size}.",
                sha256=sha256,
                size=sizes[sha256],
            )
    now = timezone.now()
    RepoObject.objects.filter(repo_key=repo_key, sha256__in=list(wanted), committed_at=None).update(
        committed_at=now
    )
    revive_objects(repo_key, wanted)
    return sizes


def revive_objects(repo_key: UUID, sha256s: Iterable[str]) -> None:
    """Record that a repository's objects are in use and clear their deletion marks."""
    now = timezone.now()
    stale = Q(last_used_at__lte=now - TOUCH_EVERY) | Q(marked_for_deletion_at__isnull=False)
    rows = (
        RepoObject.objects.select_for_update()
        .order_by("sha256")
        .filter(stale, repo_key=repo_key, sha256__in=list(sha256s))
    )
    with transaction.atomic():
        RepoObject.objects.filter(pk__in=[row.pk for row in rows]).update(
            last_used_at=now, marked_for_deletion_at=None
        )


def touch_blob(sha256: str, size: int) -> None:
    """Record that a blob is in use.

    Its row stays locked until the transaction ends, so it is not collected before.
    """
    row = StoredBlob(sha256=sha256, size=size, last_used_at=timezone.now(), marked_for_deletion_at=None)
    changed = ["size", "last_used_at", "marked_for_deletion_at"]
    StoredBlob.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["sha256"], update_fields=changed
    )


def revive_blob(sha256: str) -> None:
    """Clear a blob's deletion mark before its bytes are looked up."""
    StoredBlob.objects.filter(pk=sha256, marked_for_deletion_at__isnull=False).update(
        last_used_at=timezone.now(), marked_for_deletion_at=None
    )


def add_links(repo_key: UUID, rows: Collection[RepoObject], *, counted: bool = True) -> None:
    """Link objects to a repository, those that it has as well, and count the new ones.

    Call it at the end of a transaction: the owner's total stays locked.

    counted  False if the caller counts the repository as a whole
    raises   OverQuota if the owner would store more than the limit
    """
    # first the lock: whoever unlinks takes it as well, so what is linked now stays
    item = lock_count(repo_key)
    sha256s = [row.sha256 for row in rows]
    revive_objects(repo_key, sha256s)
    links = RepoObject.objects.filter(repo_key=repo_key, sha256__in=sha256s)
    held = set(links.values_list("sha256", flat=True))
    added = [row for row in rows if row.sha256 not in held]
    RepoObject.objects.bulk_create(added, batch_size=500)
    if counted:
        grow_item(item, sum(row.size for row in added), within_limit=True)


@transaction.atomic
def share_object(
    source: UUID,
    context: UploadContext,
    sha256: str,
    *,
    xet_hash: str | None = None,
    counted: bool = True,
) -> None:
    """Link an object of one repository to another without an upload; the caller may read the source.

    xet_hash  the Xet hash that the caller expects
    counted   False if the caller counts the repository as a whole
    raises    MissingObject if the source does not have it, OverQuota
    """
    found = (
        RepoObject.objects.select_for_update()
        .filter(repo_key=source, sha256=sha256)
        .exclude(committed_at=None)
        .first()
    )
    if found is None or (xet_hash is not None and xet_hash not in _xet_hashes(found)):
        raise MissingObject("The source repository has no such file.", sha256=sha256)
    if source == context.repo_key:
        revive_objects(source, [sha256])
        return
    if found.source == Source.LFS:
        touch_blob(sha256, found.size)
    row = RepoObject(
        repo_key=context.repo_key,
        sha256=sha256,
        size=found.size,
        source=found.source,
        file_id=found.file_id,
        uploaded_by=context.user_id,
    )
    add_links(context.repo_key, [row], counted=counted)


def _xet_hashes(row: RepoObject) -> set[str | None]:
    """Return the hashes by which clients may name an object: its bytes can be cut into chunks in two ways."""
    blobs = (
        StoredBlob.objects.filter(pk=row.sha256) if row.source == Source.LFS else StoredBlob.objects.none()
    )
    return {row.file_id, *blobs.exclude(xet_hash="").values_list("xet_hash", flat=True)}


@transaction.atomic
def unlink_objects(repo_key: UUID, sha256s: Iterable[str]) -> int:
    """Unlink large objects from a repository and return how many were linked."""
    item = lock_count(repo_key)
    rows = RepoObject.objects.filter(repo_key=repo_key, sha256__in=list(sha256s))
    sizes = {row.pk: row.size for row in rows.select_for_update().order_by("sha256")}
    RepoObject.objects.filter(pk__in=sizes).delete()
    grow_item(item, -sum(sizes.values()))
    return len(sizes)


@transaction.atomic
def unlink_repo(repo_key: UUID) -> None:
    """Unlink everything from a deleted repository; garbage collection reclaims what nobody else links."""
    lock_count(repo_key)
    for model in (RepoObject, RepoXorb, MultipartUpload):
        model.objects.filter(repo_key=repo_key).delete()
    drop_item(STORED_SOURCE, repo_key)
