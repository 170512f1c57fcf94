"""Workers: the machines that asked for jobs."""

from __future__ import annotations

from django.db import models


class Worker(models.Model):
    """A worker as it described itself at its last claim.

    last_seen_at     its last claim or report
    failures_in_row  attempts that failed on our side since its last one that did not
    rests_until      it gets no job before, after some failures in a row
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
