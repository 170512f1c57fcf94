"""The folders of large objects in the store. Their garbage is collected with their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from apps.core.objects.errors import WrongBytes
from apps.core.objects.folders import ObjectFolder, UploadFolder
from apps.core.objects.verifiers import Verifier

from .keys import BLOB_FOLDER, INDEX, PART_FOLDER, XORB_FOLDER
from .models import StoredBlob, Xorb
from .xet.errors import MalformedXorb
from .xet.hashes import to_text
from .xet.xorb import XorbReader


class XorbVerifier:
    """Checks the hash of a xorb's chunks against its key, and rebuilds its index."""

    def __init__(self, hash: str) -> None:
        self.hash, self.reader = hash, XorbReader()

    def feed(self, block: bytes) -> None:
        try:
            self.reader.feed(block)
        except MalformedXorb:
            raise WrongBytes from None

    def finish(self) -> Mapping[str, bytes]:
        try:
            found, index = self.reader.finish()
        except MalformedXorb:
            raise WrongBytes from None
        if to_text(found) != self.hash:
            raise WrongBytes
        return {INDEX: index.to_bytes()}


class LargeObjectFolder(ObjectFolder):
    """Objects whose rows may be marked for deletion."""

    def expected(self) -> Iterator[tuple[str, int]]:
        return self._keys_and_sizes(self.rows().filter(marked_for_deletion_at=None))


class XorbFolder(LargeObjectFolder):
    sidecars = (INDEX,)

    def verifier(self, key: str) -> Verifier:
        return XorbVerifier(key.rpartition("/")[2])


BLOBS = LargeObjectFolder(name=BLOB_FOLDER, rows=StoredBlob.objects.all, is_collected=False)
XORBS = XorbFolder(name=XORB_FOLDER, rows=Xorb.objects.all, hash_field="hash", is_collected=False)
PARTS = UploadFolder(name=PART_FOLDER)
FOLDERS = (BLOBS, XORBS, PARTS)
