"""Artifacts of jobs."""

from __future__ import annotations

from django.db import models


class JobArtifact(models.Model):
    """A file that a job keeps. Its bytes are an object (`folders.ARTIFACTS`).

    name        unique within the job, without folders
    sha256      in hex
    media_type  by the end of the name
    """

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="one_artifact_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Path to download it from."""
        return f"/jobs/{self.job_id}/artifacts/{self.name}"
