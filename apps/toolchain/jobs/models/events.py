"""Events of a job."""

from __future__ import annotations

from django.db import models


class JobEvent(models.Model):
    """One event of a job, reported by its worker as the contract's Event or recorded by the site.

    id   also the id of the live event; a job's ids become visible in order, since its row is locked meanwhile
    seq  sequence number within the attempt, null for events of the site
    at   time of the event by the clock of whoever recorded it
    """

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="events")
    attempt = models.PositiveIntegerField()
    seq = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "attempt", "seq"], name="one_event_per_seq")]
        indexes = [
            models.Index(fields=["job", "id"], name="events_of_job"),
            models.Index(fields=["job", "kind", "id"], name="events_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.job_id}"

    def live(self) -> dict[str, object]:
        """Return the event as followers read it."""
        return {**self.data, "at": self.at.isoformat(timespec="milliseconds"), "attempt": self.attempt}
