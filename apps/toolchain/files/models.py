"""Uploaded files, and uploads in parts."""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from .layouts import RowFormat

ALPHABET = string.digits + string.ascii_letters
ID_CHARACTERS = 24
UPLOAD_AGE = timedelta(hours=1)


def random_id(prefix: str) -> str:
    """Return an id in the form of the API: a prefix and random base-62 characters."""
    return prefix + "".join(secrets.choice(ALPHABET) for _place in range(ID_CHARACTERS))


def new_file_id() -> str:
    return random_id("file-")


def new_upload_id() -> str:
    return random_id("upload_")


def new_part_id() -> str:
    return random_id("part_")


def end_of_upload() -> datetime:
    return timezone.now() + UPLOAD_AGE


class Purpose(models.TextChoices):
    """What a file is for; the values are those of the API."""

    FINE_TUNE = "fine-tune"
    EVALS = "evals"
    BATCH = "batch"
    USER_DATA = "user_data"
    RESULTS = "fine-tune-results"


class UploadState(models.TextChoices):
    PENDING = "pending"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class File(models.Model):
    """A private file of a namespace; it never changes.

    sha256        of its bytes, an object (`folders.FILES`)
    row_format    what its lines are, if they were checked and are all right
    row_count     rows that were read
    problem       the first fault of its lines
    problem_line  number of that line, null if the fault is that of the whole file
    """

    public_id = models.CharField(max_length=40, unique=True, default=new_file_id, editable=False)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    filename = models.CharField(max_length=255)
    purpose = models.CharField(max_length=20, choices=Purpose)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    row_format = models.CharField(max_length=16, choices=[(one, one) for one in RowFormat], blank=True)
    row_count = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    problem_line = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["namespace", "-id"], name="files_of_namespace")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def fault(self) -> str:
        """The problem with its line, empty if there is none."""
        return f"Line {self.problem_line}: {self.problem}" if self.problem_line else self.problem


class FileUpload(models.Model):
    """A file that arrives in parts, each an object of the store (`folders.PARTS`).

    size             of the whole file, as announced
    expires_seconds  lifetime of the file from its completion, null for no end
    """

    public_id = models.CharField(max_length=40, unique=True, default=new_upload_id, editable=False)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    filename = models.CharField(max_length=255)
    purpose = models.CharField(max_length=20, choices=Purpose)
    size = models.BigIntegerField()
    expires_seconds = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=16, choices=UploadState, default=UploadState.PENDING)
    file = models.ForeignKey(File, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=end_of_upload, db_index=True)

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_expired(self) -> bool:
        return self.state == UploadState.PENDING and self.expires_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        return self.state == UploadState.PENDING and not self.is_expired


class FilePart(models.Model):
    """One part of an upload."""

    public_id = models.CharField(max_length=40, unique=True, default=new_part_id, editable=False)
    upload = models.ForeignKey(FileUpload, on_delete=models.CASCADE, related_name="parts")
    size = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.public_id
