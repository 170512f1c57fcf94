"""Rows of large objects: what is stored, what repositories may read of it, and uploads under way.

Repositories and people are plain keys here: this app does not know their tables.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Xorb(models.Model):
    """A verified container of chunks.

    size          bytes of the stored body
    raw_size      bytes that it unpacks to
    last_used_at  when it was last uploaded, advertised or referenced: clients remember it for 21 days
    doomed_at     when garbage collection marked it; an upload or a reference revives it
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
    """A plain blob: an object that is stored in one piece under its SHA-256.

    last_used_at  when it was last uploaded or linked
    doomed_at     when garbage collection marked it; an upload or a link revives it
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    marked_for_deletion_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["marked_for_deletion_at"],
                condition=models.Q(marked_for_deletion_at__isnull=False),
                name="blob_marked",
            )
        ]

    def __str__(self) -> str:
        return self.sha256


class XetFile(models.Model):
    """A file as a list of terms; the same bytes cut in another way are another file.

    terms   44 bytes each (STORED_TERM)
    sha256  hex, computed here from the rebuilt bytes
    """

    hash = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    terms = models.BinaryField()
    sha256 = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.hash


class FileXorb(models.Model):
    """A xorb that a file's terms name: as long as there is one such row, the xorb stays."""

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
    """A large object that a repository holds; without such a row nobody reads the bytes through it.

    source        lfs: there is a plain blob; xet: the bytes are rebuilt from `file`
    file          also set for a plain blob that came by Xet once more
    uploaded_by   id of the person
    committed_at  when a commit first named it; None while it is only uploaded
    last_used_at  when it was last uploaded or named by a commit
    doomed_at     when garbage collection found that no ref leads to it; an upload or a commit revives it
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
    """A xorb that was sent to a repository, whole: whoever writes there may name it, and is told of it.

    A xorb that is only named there may hold chunks of other repositories, so it has no such row.
    """

    repo_key = models.UUIDField()
    xorb = models.ForeignKey(Xorb, on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo_key", "xorb"], name="one_xorb_per_repo")]

    def __str__(self) -> str:
        return f"{self.xorb_id} of {self.repo_key}"


class KnownXorb(models.Model):
    """A xorb that an uploader sent or was told of, and so may name in a shard of any repository.

    uploader            person:3, token:7 or job:…
    user_id             the person whom the bytes are counted for
    repo_key            the repository that it was sent to, or told in
    unreferenced_bytes  what it counts for until a shard names it; 0 from then on, and for what was only told
    known_at            when it was sent, told or named last: clients remember it for 21 days
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
    """Bytes that are coming in and count for their sender already; gone when they are stored or refused."""

    user_id = models.BigIntegerField(db_index=True)
    repo_key = models.UUIDField(db_index=True)
    size = models.BigIntegerField()
    started_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.size} bytes for {self.user_id}"


class DedupChunk(models.Model):
    """A chunk that clients ask for before they upload, and a xorb that has it."""

    chunk = models.CharField(max_length=64)
    xorb = models.ForeignKey(Xorb, on_delete=models.CASCADE, related_name="dedup_chunks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chunk", "xorb"], name="one_chunk_per_xorb")]

    def __str__(self) -> str:
        return f"{self.chunk} in {self.xorb_id}"


class MultipartUpload(models.Model):
    """An LFS object that comes in parts of `part_size` bytes, the last one shorter.

    native_id       the upload's name in the bucket, if its parts go there directly
    received_bytes  of the parts that came; all of them from the start if we do not see them
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
    """What the whole store has one of; the one row has key 1.

    generation  part of the Xet address: clients forget what they believe is stored when it changes
    """

    generation = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"generation {self.generation}"
