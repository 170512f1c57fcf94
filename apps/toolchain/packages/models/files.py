"""Files of projects, their metadata and downloads."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from .project import Project, ProjectVersion


class FileKind(models.TextChoices):
    """The values of the upload protocol."""

    WHEEL = "bdist_wheel", pgettext_lazy("distribution", "Wheel")
    SOURCE = "sdist", pgettext_lazy("distribution", "Source")


class ScanState(models.TextChoices):
    """What the scan of a file found."""

    CLEAN = "clean", pgettext_lazy("scan", "Clean")
    NOTED = "noted", pgettext_lazy("scan", "With remarks")
    BLOCKED = "blocked", pgettext_lazy("scan", "Blocked")


class ProjectFile(models.Model):
    """A file of a version. Its bytes are an object (`folders.FILES`) and never change.

    filename    unique on the site, also after the file is deleted
    sha256      in hex
    blake2_256  in hex
    python_tag  such as `py3`; `source` for a source archive
    scan_notes  what the scan found, as codes with facts
    """

    version = models.ForeignKey(ProjectVersion, on_delete=models.CASCADE, related_name="files")
    filename = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=16, choices=FileKind)
    python_tag = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    blake2_256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    requires_python = models.CharField(max_length=200, blank=True)
    scan = models.CharField(max_length=16, choices=ScanState, default=ScanState.CLEAN)
    scan_notes = models.JSONField(default=list)
    provenance = models.JSONField(null=True)
    downloads = models.BigIntegerField(default=0)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["version", "filename"], name="files_of_version"),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_wheel(self) -> bool:
        return self.kind == FileKind.WHEEL


class CoreMetadata(models.Model):
    """The METADATA of a wheel, served next to it. Its bytes are an object (`folders.METADATA`)."""

    file = models.OneToOneField(ProjectFile, on_delete=models.CASCADE, related_name="core_metadata")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.sha256


class UsedFilename(models.Model):
    """A filename that once had these bytes: it never gets others, whatever becomes of the file."""

    filename = models.CharField(max_length=255, unique=True)
    sha256 = models.CharField(max_length=64)
    used_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.filename


class DownloadDay(models.Model):
    """How often the files of a version were downloaded on one day (UTC)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="download_days")
    version = models.CharField(max_length=100)
    day = models.DateField()
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "version"], name="one_count_per_version_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.version} {self.day}: {self.count}"
