"""Events of a job."""

from __future__ import annotations

from django.db import models


class JobEvent(models.Model):
    """One event of a job, reported by its worker as the contract's Event or recorded by the site.

    number  counts a job's events from 1; they become visible in this order, since its row is locked meanwhile
    seq     sequence number within the attempt, null for events of the site
    at      time of the event by the clock of whoever recorded it
    """

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    attempt = models.PositiveIntegerField()
    seq = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "attempt", "seq"], name="one_event_per_seq"),
            models.UniqueConstraint(fields=["job", "number"], name="one_event_per_number"),
        ]
        indexes = [models.Index(fields=["job", "kind", "number"], name="numbered_events_of_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.job_id}"
