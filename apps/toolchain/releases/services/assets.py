"""Files of drafts: uploaded whole, or in pieces that may be interrupted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.business.usage.services import check_storage
from apps.core.actor import Actor, Need
from apps.core.errors import BadRequest, TooLarge, ValidationFailed
from apps.core.objects.errors import WrongBytes
from apps.core.objects.folders import HASH, StoredObject
from apps.core.objects.stores import object_store
from apps.toolchain.packages.distributions.scanning import scan_blocks
from apps.toolchain.packages.errors import FileBlocked, FileNotFound
from apps.toolchain.packages.services.publishers import check_publisher

from ..access import release_for
from ..errors import AssetExists, ReleasePublished, UploadNotFound, WrongOffset
from ..folders import ASSETS, PIECES
from ..models import Asset, AssetUpload, Release
from ..names import ASSET, SUMS
from .counting import count_releases
from .releases import check_open, locked_project

UPLOAD_AGE = timedelta(days=2)
Blocks = Iterable[bytes]


def put_asset(*, actor: Actor, name: str, tag: str, filename: str, blocks: Blocks, sha256: str = "") -> Asset:
    """Add a whole file to a draft.

    sha256  what the content has to hash to, if the client says so
    raises  as begin_upload; WrongBytes, FileBlocked
    """
    release = _draft(actor, name, tag, filename)
    stored = ASSETS.put(blocks, limit_bytes=settings.PACKAGE_FILE_LIMIT_BYTES, sha256=sha256)
    return _add(actor, release, filename, stored)


def begin_upload(*, actor: Actor, name: str, tag: str, filename: str, size: int, sha256: str) -> AssetUpload:
    """Begin to add a file to a draft in pieces.

    raises  ProjectNotFound, ReleaseNotFound, ReleasePublished, AssetExists, ValidationFailed, TooLarge,
            OverQuota, UploadsClosed, Forbidden, TokenScope, SecondFactorRequired
    """
    release = _draft(actor, name, tag, filename)
    if not HASH.fullmatch(sha256):
        sentence = _("Send the SHA-256 of the file in lower-case hex.")
        raise ValidationFailed(sentence, fields={"sha256": sentence})
    if size > settings.PACKAGE_FILE_LIMIT_BYTES:
        raise TooLarge(limit_bytes=settings.PACKAGE_FILE_LIMIT_BYTES)
    check_storage(release.project.namespace_id, size)
    return AssetUpload.objects.create(release=release, name=filename, size=size, sha256=sha256)


def _draft(actor: Actor, name: str, tag: str, filename: str) -> Release:
    """Return the draft that takes a file of this name."""
    check_publisher(actor)
    release = release_for(actor, name, tag, Need.WRITE)
    check_open(release.project)
    if not release.is_draft:
        raise ReleasePublished
    if not ASSET.fullmatch(filename) or filename == SUMS:
        sentence = _("This filename can't be used.")
        raise ValidationFailed(sentence, fields={"name": sentence})
    if release.assets.filter(name=filename).exists():
        raise AssetExists
    return release


def upload_for(actor: Actor, name: str, tag: str, upload_id: UUID, *, lock: bool = False) -> AssetUpload:
    """Return an upload in progress (raises UploadNotFound, and as release_for)."""
    release = release_for(actor, name, tag, Need.WRITE)
    rows = AssetUpload.objects.select_related("release__project__namespace")
    if lock:
        rows = rows.select_for_update(of=("self",))
    upload = rows.filter(release=release, public_id=upload_id).first()
    if upload is None:
        raise UploadNotFound
    return upload


def receive_piece(
    *, actor: Actor, name: str, tag: str, upload_id: UUID, offset: int, blocks: Blocks
) -> tuple[AssetUpload, Asset | None]:
    """Store the next piece; whatever arrived of one that was cut is kept. The last one completes the file.

    raises  UploadNotFound, WrongOffset, TooLarge, WrongBytes, FileBlocked, ReleasePublished, AssetExists
    """
    upload = upload_for(actor, name, tag, upload_id)
    if offset != upload.received:
        raise WrongOffset(received_bytes=upload.received)
    count = _store_piece(upload, offset, blocks)
    rows = AssetUpload.objects.filter(pk=upload.pk, received=offset)
    if not rows.update(received=F("received") + count, updated_at=timezone.now()):
        raise WrongOffset(received_bytes=upload_for(actor, name, tag, upload_id).received)
    upload.received = offset + count
    return upload, (_complete(actor, upload) if upload.received == upload.size else None)


def _store_piece(upload: AssetUpload, offset: int, blocks: Blocks) -> int:
    count = 0
    with object_store().writer(_piece_key(upload, offset)) as writer:
        # a client that went away: what it sent is kept
        with suppress(BadRequest, OSError):
            for block in blocks:
                if offset + count + len(block) > upload.size:
                    raise TooLarge(limit_bytes=upload.size)
                writer.write(block)
                count += len(block)
        if count:
            writer.commit()
    return count


def _piece_key(upload: AssetUpload, offset: int) -> str:
    return f"{PIECES.name}/{upload.public_id}/{offset:020}"


def _complete(actor: Actor, upload: AssetUpload) -> Asset:
    try:
        stored = ASSETS.put(_joined(upload), limit_bytes=upload.size, sha256=upload.sha256)
        return _add(actor, upload.release, upload.name, stored)
    finally:
        _forget(upload)


def _joined(upload: AssetUpload) -> Iterator[bytes]:
    """Yield the pieces of an upload in order (raises WrongBytes if one is missing)."""
    end = 0
    for entry in list(object_store().entries(f"{PIECES.name}/{upload.public_id}")):
        start = int(entry.key.rpartition("/")[2])
        if start != end:
            raise WrongBytes
        yield from object_store().stream(entry.key, 0, entry.size)
        end = start + entry.size


def _forget(upload: AssetUpload) -> None:
    for entry in list(object_store().entries(f"{PIECES.name}/{upload.public_id}")):
        object_store().delete(entry.key)
    AssetUpload.objects.filter(pk=upload.pk).delete()


def cancel_upload(*, actor: Actor, name: str, tag: str, upload_id: UUID) -> None:
    """raises  UploadNotFound, and as release_for"""
    _forget(upload_for(actor, name, tag, upload_id))


def _add(actor: Actor, release: Release, filename: str, stored: StoredObject) -> Asset:
    """Scan a stored object and add it to a draft.

    raises  FileBlocked, ReleasePublished, AssetExists, OverQuota
    """
    source = ASSETS.open(stored)
    if scan_blocks(source.open_range(0, stored.size)):
        ASSETS.delete_unused(stored.sha256)
        raise FileBlocked
    with transaction.atomic():
        project = locked_project(release.project_id)
        locked = release_for(actor, project.key, release.tag, Need.WRITE, lock=True)
        if not locked.is_draft:
            raise ReleasePublished
        if locked.assets.filter(name=filename).exists():
            raise AssetExists
        ASSETS.keep(stored.sha256)
        asset = Asset.objects.create(
            release=locked,
            name=filename,
            sha256=stored.sha256,
            size=stored.size,
            uploaded_by_id=actor.user_id,
        )
        count_releases(project, within_limit=True)
    return asset


@transaction.atomic
def delete_asset(*, actor: Actor, name: str, tag: str, filename: str) -> None:
    """Remove a file from a draft.

    raises  FileNotFound, ReleasePublished, and as release_for
    """
    release = release_for(actor, name, tag, Need.WRITE, lock=True)
    if not release.is_draft:
        raise ReleasePublished
    asset = release.assets.filter(name=filename).first()
    if asset is None:
        raise FileNotFound
    asset.delete()
    ASSETS.release(asset.sha256)
    count_releases(locked_project(release.project_id))


def count_asset_download(asset: Asset) -> None:
    Asset.objects.filter(pk=asset.pk).update(downloads=F("downloads") + 1)


def sweep_uploads() -> int:
    """Forget uploads that nobody continued; return how many."""
    old = AssetUpload.objects.filter(updated_at__lt=timezone.now() - UPLOAD_AGE)[:500]
    found = list(old)
    for upload in found:
        _forget(upload)
    return len(found)
