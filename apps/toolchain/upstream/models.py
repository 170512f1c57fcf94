"""Pages and files of the upstream index that are kept here."""

from __future__ import annotations

from django.db import models


class UpstreamPage(models.Model):
    """The files of a project of the upstream index, as it listed them last.

    key         normalized name
    is_there    whether the upstream has the project
    files       as `reading.parse_page` returns them
    serial      grows with each change of the files
    tag         entity tag of the upstream
    checked_at  when the upstream was asked last
    """

    key = models.CharField(max_length=200, unique=True)
    is_there = models.BooleanField(default=True)
    files = models.JSONField(default=list)
    serial = models.IntegerField(default=0)
    tag = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class UpstreamFile(models.Model):
    """A file, or the metadata of one, whose bytes are here (`folders.UPSTREAM`)."""

    page = models.ForeignKey(UpstreamPage, on_delete=models.CASCADE, related_name="kept")
    filename = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "filename"], name="one_kept_file_per_name")]

    def __str__(self) -> str:
        return self.filename
