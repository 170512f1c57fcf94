"""Rows of large objects: what is stored, which repositories may read it, and uploads in progress.

Repositories and users are plain keys: this app does not know their tables.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

# what repositories are called where the business domain counts stored bytes
STORED_SOURCE = "repositories"


class Xorb(models.Model):
    """A verified container of chunks.

    size                    bytes of the stored body
    raw_size                bytes after decompression
    last_used_at            last upload, advertisement or reference; clients cache a xorb for 21 days
    marked_for_deletion_at  set by garbage collection, cleared by an upload or a reference
    """

    hash = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveIntegerField()
    raw_size = models.PositiveIntegerField()
    chunk_count = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    marked_for_deletion_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["marked_for_deletion_at"],
                condition=models.Q(marked_for_deletion_at__isnull=False),
                name="xorb_marked",
            )
        ]

    def __str__(self) -> str:
        return self.hash


class StoredBlob(models.Model):
    """A plain blob: an object stored in one piece under its SHA-256.

    xet_hash                what a client would compute; "" until the light worker has
    last_used_at            last upload or link
    marked_for_deletion_at  set by garbage collection, cleared by an upload or a link
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    xet_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    marked_for_deletion_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["marked_for_deletion_at"],
                condition=models.Q(marked_for_deletion_at__isnull=False),
                name="blob_marked",
            ),
            models.Index(
                fields=["size", "sha256"], condition=models.Q(xet_hash=""), name="blob_without_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256


class XetFile(models.Model):
    """A file as a list of terms; the same bytes chunked differently are a different file.

    terms   44 bytes each (STORED_TERM)
    sha256  hex, computed from the rebuilt bytes
    """

    hash = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    terms = models.BinaryField()
    sha256 = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.hash


class FileXorb(models.Model):
    """A xorb that a file's terms reference. A xorb with such a row is not collected."""

    file = models.ForeignKey(XetFile, on_delete=models.CASCADE, related_name="xorb_rows")
    xorb = models.ForeignKey(Xorb, on_delete=models.PROTECT, related_name="file_rows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "xorb"], name="one_xorb_per_file")]

    def __str__(self) -> str:
        return f"{self.xorb_id} in {self.file_id}"


class Source(models.TextChoices):
    LFS = "lfs"
    XET = "xet"


class RepoObject(models.Model):
    """A large object of a repository. Without such a row the repository gives no access to the bytes.

    source                  lfs: a plain blob; xet: rebuilt from `file`
    file                    also set for a plain blob that was uploaded again by Xet
    uploaded_by             id of the user
    committed_at            when a commit first referenced it; None while it is only uploaded
    last_used_at            last upload or reference by a commit
    marked_for_deletion_at  set when no ref leads to it, cleared by an upload or a commit
    """

    repo_key = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    source = models.CharField(max_length=3, choices=Source)
    file = models.ForeignKey(XetFile, on_delete=models.PROTECT, null=True, related_name="objects_of_repos")
    uploaded_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    committed_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(default=timezone.now)
    marked_for_deletion_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo_key", "sha256"], name="one_object_per_repo")]
        indexes = [
            models.Index(
                fields=["marked_for_deletion_at"],
                condition=models.Q(marked_for_deletion_at__isnull=False),
                name="object_marked",
            ),
            models.Index(fields=["sha256"], name="object_sha256"),
            models.Index(
                fields=["created_at"], condition=models.Q(committed_at=None), name="object_uncommitted"
            ),
            models.Index(
                fields=["uploaded_by"], condition=models.Q(committed_at=None), name="object_uncommitted_by"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sha256} of {self.repo_key}"

    @property
    def xet_hash(self) -> str | None:
        return self.file_id


class RepoXorb(models.Model):
    """A xorb that was uploaded in full to a repository: everyone who writes there may reference it.

    A xorb that is merely referenced there may contain chunks of other repositories and gets no such row.
    """

    repo_key = models.UUIDField()
    xorb = models.ForeignKey(Xorb, on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo_key", "xorb"], name="one_xorb_per_repo")]

    def __str__(self) -> str:
        return f"{self.xorb_id} of {self.repo_key}"


class KnownXorb(models.Model):
    """A xorb that an uploader sent or was told of, and so may reference in a shard of any repository.

    uploader            person:3, token:7 or job:…
    user_id             the user whose limit the bytes count against
    repo_key            the repository of the upload or lookup
    unreferenced_bytes  its size until a shard references it, then 0; 0 if it was not uploaded
    known_at            last upload, lookup or reference; clients cache it for 21 days
    """

    uploader = models.CharField(max_length=64)
    xorb = models.ForeignKey(Xorb, on_delete=models.CASCADE, related_name="known_to")
    user_id = models.BigIntegerField(null=True)
    repo_key = models.UUIDField()
    unreferenced_bytes = models.BigIntegerField(default=0)
    known_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uploader", "xorb"], name="one_xorb_per_uploader")]
        indexes = [
            models.Index(fields=["known_at"], name="xorb_known_at"),
            models.Index(
                fields=["user_id"], condition=models.Q(unreferenced_bytes__gt=0), name="xorb_unreferenced_by"
            ),
            models.Index(
                fields=["repo_key"], condition=models.Q(unreferenced_bytes__gt=0), name="xorb_unreferenced_in"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.xorb_id} known to {self.uploader}"


class UploadReservation(models.Model):
    """Bytes in flight, counted for their sender until they are stored or refused."""

    user_id = models.BigIntegerField(db_index=True)
    repo_key = models.UUIDField(db_index=True)
    size = models.BigIntegerField()
    started_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.size} bytes for {self.user_id}"


class DedupChunk(models.Model):
    """A chunk that clients look up before an upload, and a xorb that contains it."""

    chunk = models.CharField(max_length=64)
    xorb = models.ForeignKey(Xorb, on_delete=models.CASCADE, related_name="dedup_chunks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chunk", "xorb"], name="one_chunk_per_xorb")]

    def __str__(self) -> str:
        return f"{self.chunk} in {self.xorb_id}"


class MultipartUpload(models.Model):
    """A multipart upload of an LFS object, in parts of `part_size` bytes with a shorter last one.

    native_id       id of the upload in the bucket, if parts are sent there directly
    received_bytes  size of the received parts; the full size from the start for direct uploads
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    repo_key = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    part_size = models.BigIntegerField()
    native_id = models.CharField(max_length=1024, blank=True)
    received_bytes = models.BigIntegerField(default=0)
    uploaded_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="multipart_created")]

    def __str__(self) -> str:
        return f"{self.sha256} in parts"

    @property
    def part_count(self) -> int:
        return -(-self.size // self.part_size)

    def part_length(self, number: int) -> int:
        """Return the bytes of part 1, 2, …"""
        return min(self.part_size, self.size - (number - 1) * self.part_size)


class StorageState(models.Model):
    """State of the store as a whole, in a single row with key 1.

    generation  part of the Xet endpoint URL; a change makes clients drop their caches
    """

    generation = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"generation {self.generation}"
