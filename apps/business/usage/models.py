"""Usage events, recorded at most once each."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Meter(models.TextChoices):
    """What is measured, with its unit."""

    CPU_SECONDS = "cpu_seconds", _("CPU time")
    GPU_SECONDS = "gpu_seconds", _("GPU time")
    STORAGE_BYTES = "storage_bytes", _("Storage")
    ACTIVE_JOBS = "active_jobs", _("Concurrent jobs")


class UsageEvent(models.Model):
    """One measurement, identified by `source` and `event_id` as in CloudEvents 1.0; duplicates are ignored.

    source    the part of the site that measured, such as "jobs"
    event_id  unique within the source, such as "{job}/{attempt}"
    amount    in the unit of the meter
    subject   path of the page of the resource that used it
    """

    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=120)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="usage_events")
    meter = models.CharField(max_length=32, choices=Meter)
    amount = models.BigIntegerField()
    subject = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "event_id"], name="one_usage_event_per_id"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="usage_is_not_negative"),
        ]
        indexes = [models.Index(fields=["namespace", "meter", "at"], name="usage_of_namespace")]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.amount} {self.meter}"
