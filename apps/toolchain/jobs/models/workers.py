"""Workers: the machines that asked for jobs."""

from __future__ import annotations

from django.db import models


class Worker(models.Model):
    """A worker as it described itself at its last claim."""

    name = models.CharField(max_length=200, unique=True)
    hardware = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    has_gpu = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
