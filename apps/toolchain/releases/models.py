"""Releases of any files: drafts, published ones, their assets and uploads in progress."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.toolchain.packages.models import Project

NOTES_LIMIT_CHARACTERS = 100_000
TAG_LIMIT_CHARACTERS, ASSET_LIMIT_CHARACTERS = 100, 200


class Release(models.Model):
    """A set of files with notes. A draft is seen by publishers; once published, its files never change.

    public_id     identifies it in the REST API
    published_at  None for a draft
    deleted_at    its tag is never used again
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="releases")
    tag = models.CharField(max_length=TAG_LIMIT_CHARACTERS)
    title = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True, max_length=NOTES_LIMIT_CHARACTERS)
    is_prerelease = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "tag"], name="one_release_per_tag")]
        indexes = [
            models.Index(
                fields=["project", "-published_at", "-id"],
                condition=Q(deleted_at=None),
                name="releases_of_project",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.tag}"

    def get_absolute_url(self) -> str:
        return f"/tools/{self.project.key}/releases/{self.tag}"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None

    @property
    def name(self) -> str:
        return self.title or self.tag


class Asset(models.Model):
    """A file of a release. Its bytes are an object (`folders.ASSETS`).

    sha256  in hex
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=ASSET_LIMIT_CHARACTERS)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    downloads = models.BigIntegerField(default=0)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "name"], name="one_asset_per_name")]

    def __str__(self) -> str:
        return self.name


class AssetUpload(models.Model):
    """An upload in pieces, each an object of the store until all have arrived.

    size      of the whole file
    sha256    what the whole file has to hash to
    received  how many bytes are there
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=ASSET_LIMIT_CHARACTERS)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    received = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.received} of {self.size}"
