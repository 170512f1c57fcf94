"""Uploads that clients send to the bucket themselves, in parts; they get a key when they are verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import MissingParts, WrongBytes
from .folders import ObjectFolder, StoredObject, UploadFolder
from .pipeline import Sha256Stage
from .stores import object_store

UPLOADS = UploadFolder(name="uploads")


@dataclass(frozen=True, slots=True)
class DirectUpload:
    """An upload that the bucket takes.

    key        under which nobody reads it
    native_id  the bucket's own id
    """

    key: str
    native_id: str

    def part_urls(self, part_bytes: Mapping[int, int], *, seconds: int) -> dict[int, str]:
        """Return a signed URL for each part.

        part_bytes  number -> exact length; the numbers begin at 1
        seconds     how long the URLs are valid
        """
        direct = object_store().direct_parts()
        if direct is None:
            return {}
        return {
            number: direct.address(self.key, self.native_id, number, length, seconds)
            for number, length in part_bytes.items()
        }

    def join(self, etags: Mapping[int, str]) -> None:
        """Join the parts; those that are missing may still be sent.

        etags   number -> etag, for every part
        raises  MissingParts
        """
        direct = object_store().direct_parts()
        if direct is None:
            raise MissingParts
        direct.finish(self.key, self.native_id, etags)

    def move_to(self, key: str, stored: StoredObject) -> None:
        """Verify the joined parts and give them the key of an object.

        The time that this takes does not reveal whether the object was stored before.

        raises  WrongBytes
        """
        store, direct = object_store(), object_store().direct_parts()
        if store.size(self.key) != stored.size:
            raise WrongBytes
        if direct is None or _sha256(store.stream(self.key, 0, stored.size)) != stored.sha256:
            raise WrongBytes
        direct.rename(self.key, key)

    def discard(self) -> None:
        """End the upload and delete what is left of it."""
        direct = object_store().direct_parts()
        if direct is not None:
            direct.drop(self.key, self.native_id)


def takes_direct_uploads(part_bytes: int) -> bool:
    """Return whether clients can send parts of this length to the store, and not only through the site."""
    direct = object_store().direct_parts()
    return direct is not None and part_bytes >= direct.min_part_bytes


def begin_direct_upload(key: str) -> DirectUpload:
    """Begin an upload to a store that takes direct uploads.

    key  such as `upload_key(…)`
    """
    direct = object_store().direct_parts()
    assert direct is not None, "the caller has asked takes_direct_uploads"
    return DirectUpload(key, direct.begin(key))


def upload_key(folder: ObjectFolder, upload_id: object) -> str:
    """Return the key of an unverified upload; one that nobody finishes is collected."""
    return f"{UPLOADS.name}/{folder.name}/{upload_id}"


def _sha256(blocks: Iterable[bytes]) -> str:
    with Sha256Stage() as digest:
        for block in blocks:
            digest.put(block)
        return digest.hexdigest()
