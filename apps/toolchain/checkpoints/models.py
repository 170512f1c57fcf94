"""Checkpoints of jobs."""

from __future__ import annotations

from typing import Any

from django.db import models


class Checkpoint(models.Model):
    """A checkpoint of a job.

    files         path, sha256 and size_bytes of each, as in the contract; the bytes are in `CheckpointObject`
    size          of the files together
    is_resumable  whether it has what a training needs to go on; an older one has its weights only
    is_final      whether the job publishes it without training on
    source        job that saved it, for a job that publishes it
    """

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="checkpoints")
    attempt = models.PositiveIntegerField()
    step = models.PositiveIntegerField()
    files = models.JSONField()
    size = models.BigIntegerField()
    is_resumable = models.BooleanField(default=True)
    is_final = models.BooleanField(default=False)
    source = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "step"], name="one_checkpoint_per_step")]

    def __str__(self) -> str:
        return f"step {self.step} of {self.job_id}"

    @property
    def hashes(self) -> set[str]:
        return {file["sha256"] for file in self.files}

    def to_json(self) -> dict[str, Any]:
        """Return it in the form of the contract."""
        names = ("attempt", "step", "files", "is_resumable", "is_final")
        return {name: getattr(self, name) for name in names}


class CheckpointObject(models.Model):
    """Bytes that a job has uploaded for its checkpoints: an object of `folders.CHECKPOINTS`.

    A job's checkpoints consist of these alone, so that a hash does not open what another job has stored.
    """

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="checkpoint_objects")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "sha256"], name="one_checkpoint_object")]

    def __str__(self) -> str:
        return self.sha256
