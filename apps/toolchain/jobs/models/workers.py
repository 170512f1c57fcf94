"""Workers that have asked for jobs."""

from __future__ import annotations

from django.db import models


class Worker(models.Model):
    """A worker as described by its last claim.

    last_seen_at     time of its last claim or report
    failures_in_row  consecutive attempts that ended with a platform fault
    rests_until      end of a pause after several failures in a row
    """

    name = models.CharField(max_length=200, unique=True)
    hardware = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    has_gpu = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    failures_in_row = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
